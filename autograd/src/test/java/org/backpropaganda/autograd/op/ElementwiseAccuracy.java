package org.backpropaganda.autograd.op;

import static org.backpropaganda.autograd.kernel.EltwiseKernel.Function.*;

import java.util.List;
import java.util.function.DoublePredicate;
import org.backpropaganda.autograd.graph.Op;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.kernel.EltwiseKernel;
import org.backpropaganda.autograd.kernel.Kernels;
import org.backpropaganda.autograd.tensor.Tensor;

/**
 * What an elementwise function errs by at most in {@code FLOAT}, in units of the last place of the result where that is a
 * normal number.
 *
 * @param op whose row in {@code docs/ops.md} it stands in
 * @param part what of the op it is: nothing for all of it
 * @param ulps the error
 * @param domain where the function is measured
 * @param absolute where the result has a zero that it does not hit exactly, beside which the error is below 2⁻²³
 * @param function computes a tensor from another of the same type
 */
record ElementwiseAccuracy(
        String op, String part, int ulps, DoublePredicate domain, DoublePredicate absolute, Body function) {
    /** Computes {@code y} from {@code x}. */
    interface Body {
        void run(Tensor x, Tensor y);
    }

    private static boolean everywhere(double x) {
        return true;
    }

    private static boolean nowhere(double x) {
        return false;
    }

    static List<ElementwiseAccuracy> all() {
        return List.of(
                of(new Abs(), 0),
                pair("Add", new Add(), 1),
                of(new Clamp(-1.5, 2), 0),
                pair("Divide", new Divide(), 1),
                of(new Elu(1), 2),
                slope("Elu", 1, x -> x > -1, ElementwiseAccuracy::nowhere, fromOutput(ELU, 1)),
                of(new Exp(), 6),
                of(new Gelu(false), 5),
                slope("Gelu", 7, ElementwiseAccuracy::everywhere, x -> Math.abs(x + 0.7518) < 0.3, fromInput(GELU, 0)),
                new ElementwiseAccuracy(
                        "Gelu",
                        "by tanh",
                        3,
                        ElementwiseAccuracy::everywhere,
                        ElementwiseAccuracy::nowhere,
                        applied(new Gelu(true))),
                new ElementwiseAccuracy(
                        "Gelu",
                        "slope by tanh",
                        7,
                        ElementwiseAccuracy::everywhere,
                        x -> Math.abs(x + 0.7524) < 0.3,
                        fromInput(GELU_TANH, 0)),
                of(new Hardswish(), 3),
                slope(
                        "Hardswish",
                        2,
                        ElementwiseAccuracy::everywhere,
                        ElementwiseAccuracy::nowhere,
                        fromInput(HARDSWISH, 0)),
                of(new LeakyRelu(0.01), 1),
                of(new Log(), 1),
                pair("Maximum", new Maximum(), 0),
                pair("Minimum", new Minimum(), 0),
                pair("Multiply", new Multiply(), 1),
                of(new NormalCdf(), 1),
                of(new Pow(2), 1),
                slope("Pow", 1, ElementwiseAccuracy::everywhere, ElementwiseAccuracy::nowhere, fromInput(POW, 2)),
                power(3, 1),
                power(1.0 / 3, 1),
                power(-0.5, 1),
                power(0.5, 1),
                of(new Relu(), 0),
                of(new Scale(0.7, 0), 1),
                of(new Sigmoid(), 5),
                slope("Sigmoid", 2, y -> y >= 0 && y <= 1, ElementwiseAccuracy::nowhere, fromOutput(SIGMOID, 0)),
                of(new Silu(), 6),
                slope("Silu", 5, ElementwiseAccuracy::everywhere, x -> Math.abs(x + 1.2785) < 0.6, fromInput(SILU, 0)),
                of(new Softplus(1), 4),
                new ElementwiseAccuracy(
                        "Softplus",
                        "β = 0.3",
                        5,
                        ElementwiseAccuracy::everywhere,
                        ElementwiseAccuracy::nowhere,
                        applied(new Softplus(0.3))),
                of(new Sqrt(), 1),
                slope("Sqrt", 2, y -> y >= 0, ElementwiseAccuracy::nowhere, fromOutput(SQRT, 0)),
                pair("Subtract", new Subtract(), 1),
                of(new Tanh(), 2),
                slope("Tanh", 2, y -> Math.abs(y) <= 1, ElementwiseAccuracy::nowhere, fromOutput(TANH, 0)));
    }

    private static ElementwiseAccuracy of(Op op, int ulps) {
        return new ElementwiseAccuracy(
                op.getClass().getSimpleName(),
                "",
                ulps,
                ElementwiseAccuracy::everywhere,
                ElementwiseAccuracy::nowhere,
                applied(op));
    }

    private static ElementwiseAccuracy power(double exponent, int ulps) {
        String part = "exponent " + (exponent == 1.0 / 3 ? "1/3" : exponent);
        return new ElementwiseAccuracy(
                "Pow",
                part,
                ulps,
                ElementwiseAccuracy::everywhere,
                ElementwiseAccuracy::nowhere,
                applied(new Pow(exponent)));
    }

    private static ElementwiseAccuracy slope(
            String op, int ulps, DoublePredicate domain, DoublePredicate absolute, Body function) {
        return new ElementwiseAccuracy(op, "slope", ulps, domain, absolute, function);
    }

    /** Of an element and that in the mirrored place. */
    private static ElementwiseAccuracy pair(String name, Op op, int ulps) {
        return new ElementwiseAccuracy(
                name, "", ulps, ElementwiseAccuracy::everywhere, ElementwiseAccuracy::nowhere, (x, y) -> {
                    double[] values = x.toDoubles();
                    Tensor mirrored = y.engine().scope("pair").allocate(x.shape(), x.dtype());
                    int[] at = {values.length};
                    mirrored.fill(() -> values[--at[0]]);
                    apply(op, y, x, mirrored);
                    mirrored.close();
                });
    }

    private static Body applied(Op op) {
        return (x, y) -> apply(op, y, x);
    }

    private static void apply(Op op, Tensor y, Tensor... inputs) {
        try (Tape tape = Tape.builder(y.engine().scope("tape")).notRecording().build()) {
            Variable[] variables = new Variable[inputs.length];
            for (int i = 0; i < inputs.length; i++) {
                variables[i] = tape.constant(inputs[i]);
            }
            y.copyFrom(tape.apply(op, variables).value());
        }
    }

    private static Body fromInput(EltwiseKernel.Function function, double alpha) {
        return (x, dx) -> Kernels.of(x).eltwise().backwardFromInput(function, alpha, x, dx.fill(1), dx);
    }

    private static Body fromOutput(EltwiseKernel.Function function, double alpha) {
        return (y, dx) -> Kernels.of(y).eltwise().backwardFromOutput(function, alpha, y, dx.fill(1), dx);
    }

    @Override
    public String toString() {
        return part.isEmpty() ? op : op + ", " + part;
    }
}
