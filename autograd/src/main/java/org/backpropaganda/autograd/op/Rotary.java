package org.backpropaganda.autograd.op;

import java.util.List;
import org.backpropaganda.autograd.graph.BackwardCall;
import org.backpropaganda.autograd.graph.ForwardCall;
import org.backpropaganda.autograd.graph.LinearOp;
import org.backpropaganda.autograd.graph.Operands;
import org.backpropaganda.autograd.graph.Saves;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.kernel.RowLoop;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorSpec;

/**
 * Rotary position embedding: pairs of neighbouring elements of each head turn by an angle that grows with the position.
 *
 * <pre>
 * (y[2i], y[2i+1]) = (x[2i], x[2i+1]) turned by t · base^(−2i/D), at position t
 * shape : x [B, T, heads · D], D even → y the same
 * saves : nothing
 * vjp   : dx += dy turned back
 * </pre>
 *
 * Source: Su et al. 2021, "RoFormer", Eq. (34).
 *
 * @param heads of D elements each
 * @param base usually 10000
 */
public record Rotary(int heads, double base) implements LinearOp {

    /** x turned by its positions. */
    public static Variable rotary(Variable x, int heads, double base) {
        return x.tape().apply(new Rotary(heads, base), x);
    }

    @Override
    public TensorSpec infer(List<TensorSpec> in) {
        Checks.count(name(), in, 1);
        Checks.dtype(name(), in);
        Checks.rank(name(), "x", in.get(0), 3, "[B, T, heads · D]");
        long width = in.get(0).shape().dim(2);
        Checks.require(
                heads >= 1 && width % (2L * heads) == 0,
                name(),
                "x " + in.get(0).shape() + " does not make " + heads + " heads of even width");
        return in.get(0);
    }

    @Override
    public Saves saves(Operands operands) {
        return Saves.none();
    }

    @Override
    public boolean isCheap() {
        return true;
    }

    @Override
    public void forward(ForwardCall call) {
        turn(call.input(0), call.output(), 1);
    }

    @Override
    public void vjp(BackwardCall call) {
        Tensor dx = call.reusableDy();
        turn(call.dy(), dx, -1);
        call.give(0, dx);
    }

    /** Each image is a row of the loop. */
    private void turn(Tensor from, Tensor to, int direction) {
        Shape shape = from.shape();
        int length = Math.toIntExact(shape.dim(1));
        int pairs = Math.toIntExact(shape.dim(2)) / heads / 2;
        double[] cosines = new double[length * pairs];
        double[] sines = new double[length * pairs];
        for (int i = 0; i < pairs; i++) {
            double frequency = Math.pow(base, -(double) i / pairs);
            for (int t = 0; t < length; t++) {
                cosines[t * pairs + i] = Math.cos(t * frequency);
                sines[t * pairs + i] = direction * Math.sin(t * frequency);
            }
        }
        RowLoop.run(
                shape.dim(0),
                1,
                0,
                (r, sums) -> {
                    int at = 0;
                    for (int t = 0; t < length; t++) {
                        for (int head = 0; head < heads; head++) {
                            turn(r[1], r[0], at, cosines, sines, t * pairs, pairs);
                            at += 2 * pairs;
                        }
                    }
                },
                to,
                from);
    }

    private static void turn(
            double[] from, double[] to, int at, double[] cosines, double[] sines, int angles, int pairs) {
        for (int i = 0; i < pairs; i++) {
            double a = from[at + 2 * i];
            double b = from[at + 2 * i + 1];
            to[at + 2 * i] = a * cosines[angles + i] - b * sines[angles + i];
            to[at + 2 * i + 1] = a * sines[angles + i] + b * cosines[angles + i];
        }
    }
}
