package org.backpropaganda.autograd.fuzz;

import static org.backpropaganda.autograd.testkit.Input.in;

import java.util.Arrays;
import java.util.List;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.kernel.Window;
import org.backpropaganda.autograd.op.Conv2d;
import org.backpropaganda.autograd.op.Conv2dWeightGradient;
import org.backpropaganda.autograd.op.ConvTranspose2d;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.backpropaganda.autograd.testkit.FloatAgainstDouble;
import org.backpropaganda.autograd.testkit.OpCase;

/** Convolutions all of whose output columns see nothing but padding, so that the output is the bias. */
final class PaddedConvolutions {
    private static final long SEED = 1;

    static final List<Case> CASES = List.of(
            new Case("pointwise", new Window(1, 1, 1, 2, 0, 1, 1, 2), 1, Shape.of(1, 1, 1, 3), Shape.of(1, 3, 1, 1)),
            new Case("square", new Window(3, 3, 3, 2, 5, 5, 2, 2), 1, Shape.of(2, 11, 1, 6), Shape.of(2, 6, 3, 3)),
            new Case("straddling", new Window(1, 2, 1, 3, 0, 4, 3, 3), 1, Shape.of(2, 8, 2, 16), Shape.of(1, 16, 1, 2)),
            new Case("grouped", new Window(3, 1, 1, 2, 2, 3, 1, 1), 2, Shape.of(1, 4, 1, 32), Shape.of(4, 16, 3, 1)),
            new Case("depthwise", new Window(1, 3, 1, 2, 0, 5, 1, 2), 16, Shape.of(2, 3, 1, 16), Shape.of(16, 1, 1, 3)),
            new Case("wide", new Window(3, 1, 1, 2, 3, 35, 1, 2), 1, Shape.of(1, 9, 1, 16), Shape.of(32, 16, 3, 1)),
            new Case("one row", new Window(1, 1, 1, 3, 0, 4, 1, 1), 1, Shape.of(2, 1, 1, 8), Shape.of(3, 8, 1, 1)));

    private PaddedConvolutions() {}

    /** A convolution. */
    record Case(String name, Window window, int groups, Shape x, Shape w) {
        private Shape y() {
            return Shape.of(x.dim(0), window.outH(x.dim(1)), window.outW(x.dim(2)), w.dim(0));
        }
    }

    /** Runs all cases, and prints the name of each before, and the output of {@code FLOAT} with the biases 1, 2, … after. */
    public static void main(String[] arguments) {
        try (Engine engine = Engine.builder().threads(2).build()) {
            for (Case c : CASES) {
                System.out.println(c.name);
                System.out.flush();
                run(engine, c);
            }
        }
    }

    private static void run(Engine engine, Case c) {
        System.out.println(Arrays.toString(output(engine, c)));
        check(engine, OpCase.of(new Conv2d(c.window, c.groups), in(c.x), in(c.w), in(c.w.dim(0))));
        check(engine, OpCase.of(new Conv2d(c.window, c.groups), in(c.x), in(c.w)));
        check(engine, OpCase.of(new Conv2dWeightGradient(c.window, c.groups), in(c.x), in(c.y())));
        ConvTranspose2d transposed = new ConvTranspose2d(c.window, c.groups, c.x.dim(1), c.x.dim(2));
        check(engine, OpCase.of(transposed, in(c.y()), in(c.w), in(c.x.dim(3))));
    }

    private static void check(Engine engine, OpCase opCase) {
        FloatAgainstDouble.check(engine, opCase, SEED, 2, 1e-5);
    }

    private static double[] output(Engine engine, Case c) {
        try (TensorScope scope = engine.scope("");
                Tape tape = Tape.inference(scope)) {
            Variable x = tape.constant(scope.allocate(c.x, DType.FLOAT).fill(1));
            Variable w = tape.constant(scope.allocate(c.w, DType.FLOAT).fill(1));
            Variable b = tape.constant(biases(scope, c.w.dim(0)));
            return Conv2d.conv2d(x, w, b, c.window, c.groups).value().toDoubles();
        }
    }

    private static Tensor biases(TensorScope scope, long count) {
        double[] biases = LongStream.rangeClosed(1, count).asDoubleStream().toArray();
        return scope.allocate(Shape.of(count), DType.FLOAT).set(biases);
    }

    /** What {@link #main} must print. */
    static List<String> expected() {
        return CASES.stream().flatMap(c -> Stream.of(c.name, expected(c))).toList();
    }

    private static String expected(Case c) {
        double[] pixels = LongStream.range(0, c.y().elements())
                .mapToDouble(i -> i % c.w.dim(0) + 1)
                .toArray();
        return Arrays.toString(pixels);
    }
}
