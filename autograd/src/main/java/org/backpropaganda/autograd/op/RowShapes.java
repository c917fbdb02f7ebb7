package org.backpropaganda.autograd.op;

import java.util.Arrays;
import java.util.function.BiConsumer;
import org.backpropaganda.autograd.graph.BackwardCall;
import org.backpropaganda.autograd.graph.ForwardCall;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;

/** What normalisations of rows share. */
final class RowShapes {
    private RowShapes() {}

    static void checkTrailing(String op, Shape x, String what, Shape vector) {
        long[] sizes = x.toArray();
        long[] last = vector.toArray();
        Checks.require(
                last.length >= 1
                        && last.length <= sizes.length
                        && Arrays.equals(last, Arrays.copyOfRange(sizes, sizes.length - last.length, sizes.length)),
                op,
                what + " " + vector + " must have the last axes of x " + x);
    }

    /** Lends the first two extras, or room in their place where nothing is recorded. */
    static void withVectors(ForwardCall call, long elements, BiConsumer<Tensor, Tensor> use) {
        Tensor first = call.extra(0);
        Tensor second = call.extra(1);
        if (first != null && second != null) {
            use.accept(first, second);
            return;
        }
        Tensor rooms = call.scratch(Shape.of(elements), call.output().dtype());
        Tensor more = call.scratch(Shape.of(elements), call.output().dtype());
        use.accept(rooms, more);
        rooms.close();
        more.close();
    }

    /** Gives dx to input 0, and the sums, one vector after another, to the inputs behind it. */
    static void giveVectors(BackwardCall call, Tensor dx, double[] sums) {
        int at = 0;
        for (int input = 1; input < call.inputs(); input++) {
            int length = (int) call.spec(input).shape().elements();
            if (call.needs(input)) {
                Tensor vector = call.temporary(call.spec(input).shape(), dx.dtype());
                if (vector.hasValues()) {
                    vector.set(Arrays.copyOfRange(sums, at, at + length));
                }
                call.give(input, vector);
            }
            at += length;
        }
        if (call.needs(0)) {
            call.give(0, dx);
        } else {
            dx.close();
        }
    }
}
