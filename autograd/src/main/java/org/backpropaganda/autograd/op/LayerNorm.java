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
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorSpec;

/**
 * Layer normalisation over the last axes, those of γ.
 *
 * <pre>
 * y     = γ x̂ + β, x̂ = (x − μ) / √(σ² + ε), with μ and the biased σ² of each row
 * shape : x [..., *], γ [*], β [*] → y [..., *]
 * saves : x, γ, μ and 1 / √(σ² + ε) of each row
 * vjp   : dx += (g − mean(g) − x̂ mean(g x̂)) / √(σ² + ε), g = γ dy; dγ += Σ dy x̂; dβ += Σ dy
 * </pre>
 *
 * Source: Ba et al. 2016, "Layer Normalization", Eq. (3) and (4).
 *
 * @param epsilon added to the variance
 */
public record LayerNorm(double epsilon) implements TwiceDifferentiable {

    /** Layer normalisation with scale and shift. */
    public static Variable layerNorm(Variable x, Variable gamma, Variable beta, double epsilon) {
        return x.tape().apply(new LayerNorm(epsilon), x, gamma, beta);
    }

    @Override
    public TensorSpec infer(List<TensorSpec> in) {
        Checks.count(name(), in, 3);
        Checks.dtype(name(), in);
        RowShapes.checkTrailing(name(), in.get(0).shape(), "γ", in.get(1).shape());
        Checks.require(
                in.get(2).shape().equals(in.get(1).shape()),
                name(),
                "γ " + in.get(1).shape() + " and β " + in.get(2).shape() + " differ");
        return in.get(0);
    }

    @Override
    public Saves saves(Operands operands) {
        TensorSpec rows = operands.spec(0).with(Shape.of(rows(operands.spec(0), operands.spec(1))));
        return Saves.none().input(0).input(1).extra("mean", rows).extra("deviation", rows);
    }

    private static long rows(TensorSpec x, TensorSpec gamma) {
        return x.shape().elements() / gamma.shape().elements();
    }

    @Override
    public void forward(ForwardCall call) {
        Tensor x = call.input(0);
        long rows = rows(x.spec(), call.input(1).spec());
        double[] gamma = call.input(1).toDoubles();
        double[] beta = call.input(2).toDoubles();
        RowShapes.withVectors(
                call,
                rows,
                (means, inverses) -> RowLoop.run(
                        rows,
                        3,
                        0,
                        (r, sums) -> {
                            double[] v = r[3];
                            double mean = RowShapes.mean(v);
                            double inverse = 1 / Math.sqrt(RowShapes.variance(v, mean) + epsilon);
                            for (int i = 0; i < v.length; i++) {
                                r[0][i] = gamma[i] * ((v[i] - mean) * inverse) + beta[i];
                            }
                            r[1][0] = mean;
                            r[2][0] = inverse;
                        },
                        call.output(),
                        means,
                        inverses,
                        x));
    }

    @Override
    public void vjp(BackwardCall call) {
        Tensor x = call.input(0);
        double[] gamma = call.input(1).toDoubles();
        int columns = gamma.length;
        Tensor dx = call.reusableDy();
        double[] sums = RowLoop.run(
                rows(x.spec(), call.input(1).spec()),
                1,
                2 * columns,
                (r, s) -> {
                    double mean = r[3][0];
                    double inverse = r[4][0];
                    double meanG = 0;
                    double meanGx = 0;
                    for (int i = 0; i < columns; i++) {
                        double normal = (r[2][i] - mean) * inverse;
                        double dy = r[1][i];
                        s[i] += dy * normal;
                        s[columns + i] += dy;
                        meanG += gamma[i] * dy;
                        meanGx += gamma[i] * dy * normal;
                    }
                    meanG /= columns;
                    meanGx /= columns;
                    for (int i = 0; i < columns; i++) {
                        double normal = (r[2][i] - mean) * inverse;
                        r[0][i] = inverse * (gamma[i] * r[1][i] - meanG - normal * meanGx);
                    }
                },
                dx,
                call.dy(),
                x,
                call.extra(0),
                call.extra(1));
        RowShapes.giveVectors(call, dx, sums);
    }

    @Override
    public void gradient(GradientCall call) {
        int rank = call.spec(0).shape().rank();
        int[] axes = IntStream.range(rank - call.spec(1).shape().rank(), rank).toArray();
        Normalized.of(call.input(0), axes, epsilon).gradient(call, call.dy());
    }
}
