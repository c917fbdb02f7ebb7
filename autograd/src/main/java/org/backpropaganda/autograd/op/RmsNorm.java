package org.backpropaganda.autograd.op;

import java.util.List;
import java.util.stream.IntStream;
import org.backpropaganda.autograd.graph.BackwardCall;
import org.backpropaganda.autograd.graph.ForwardCall;
import org.backpropaganda.autograd.graph.GradientCall;
import org.backpropaganda.autograd.graph.Operands;
import org.backpropaganda.autograd.graph.Saves;
import org.backpropaganda.autograd.graph.TwiceDifferentiable;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.kernel.RowLoop;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorSpec;

/**
 * Normalisation by the root of the mean square over the last axes, those of γ.
 *
 * <pre>
 * y     = γ x / r, r = √(mean(x²) + ε)
 * shape : x [..., *], γ [*] → y [..., *]
 * saves : x, γ
 * vjp   : dx += (g − x mean(g x) / r²) / r, g = γ dy; dγ += Σ dy x / r
 * </pre>
 *
 * Source: Zhang and Sennrich 2019, "Root Mean Square Layer Normalization", Eq. (4). Deviation: ε, as implementations have it.
 *
 * @param epsilon added to the mean square
 */
public record RmsNorm(double epsilon) implements TwiceDifferentiable {

    /** RMS normalisation with scale. */
    public static Variable rmsNorm(Variable x, Variable gamma, double epsilon) {
        return x.tape().apply(new RmsNorm(epsilon), x, gamma);
    }

    @Override
    public TensorSpec infer(List<TensorSpec> in) {
        Checks.count(name(), in, 2);
        Checks.dtype(name(), in);
        RowShapes.checkTrailing(name(), in.get(0).shape(), "γ", in.get(1).shape());
        return in.get(0);
    }

    @Override
    public Saves saves(Operands operands) {
        return Saves.none().input(0).input(1);
    }

    @Override
    public boolean isCheap() {
        return true;
    }

    @Override
    public void forward(ForwardCall call) {
        double[] gamma = values(call.input(1));
        RowLoop.run(
                call.input(0).elements() / gamma.length,
                1,
                0,
                (r, sums) -> {
                    double inverse = inverse(r[1]);
                    for (int i = 0; i < gamma.length; i++) {
                        r[0][i] = gamma[i] * (r[1][i] * inverse);
                    }
                },
                call.output(),
                call.input(0));
    }

    private static double[] values(Tensor weight) {
        return weight.hasValues() ? weight.toDoubles() : new double[(int) weight.elements()];
    }

    private double inverse(double[] row) {
        double squares = 0;
        for (double value : row) {
            squares += value * value;
        }
        return 1 / Math.sqrt(squares / row.length + epsilon);
    }

    @Override
    public void vjp(BackwardCall call) {
        double[] gamma = values(call.input(1));
        int columns = gamma.length;
        Tensor dx = call.reusableDy();
        double[] sums = RowLoop.run(
                call.input(0).elements() / columns,
                1,
                columns,
                (r, s) -> {
                    double inverse = inverse(r[2]);
                    double product = 0;
                    for (int i = 0; i < columns; i++) {
                        s[i] += r[1][i] * r[2][i] * inverse;
                        product += gamma[i] * r[1][i] * r[2][i];
                    }
                    double along = product / columns * inverse * inverse;
                    for (int i = 0; i < columns; i++) {
                        r[0][i] = inverse * (gamma[i] * r[1][i] - r[2][i] * along);
                    }
                },
                dx,
                call.dy(),
                call.input(0));
        RowShapes.giveVectors(call, dx, sums);
    }

    @Override
    public void gradient(GradientCall call) {
        int rank = call.spec(0).shape().rank();
        int[] axes = IntStream.range(rank - call.spec(1).shape().rank(), rank).toArray();
        Normalized.uncentred(call.input(0), axes, epsilon).gradient(call, call.dy());
    }
}
