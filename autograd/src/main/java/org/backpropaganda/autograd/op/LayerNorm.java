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
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorSpec;

/**
 * Layer normalisation over the last axes, those of γ.
 *
 * <pre>
 * y     = γ x̂ + β, x̂ = (x − μ) / √(σ² + ε), with μ and the biased σ² of each row
 * shape : x [..., *], γ [*], β [*] → y [..., *]
 * saves : x, γ, μ and σ² of each row
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
        return Saves.none().input(0).input(1).extra("mean", rows).extra("variance", rows);
    }

    private static long rows(TensorSpec x, TensorSpec gamma) {
        return x.shape().elements() / gamma.shape().elements();
    }

    @Override
    public boolean isCheap() {
        return true;
    }

    @Override
    public void forward(ForwardCall call) {
        Tensor x = call.input(0);
        RowShapes.withVectors(
                call,
                rows(x.spec(), call.input(1).spec()),
                (means, variances) -> call.kernels()
                        .layerNorm()
                        .forward(x, call.input(1), call.input(2), epsilon, call.output(), means, variances));
    }

    @Override
    public void vjp(BackwardCall call) {
        boolean affine = call.needs(1) || call.needs(2);
        Tensor dx = call.reusableDy();
        Tensor dGamma = affine ? call.temporary(call.spec(1).shape(), dx.dtype()) : null;
        Tensor dBeta = affine ? call.temporary(call.spec(2).shape(), dx.dtype()) : null;
        call.kernels()
                .layerNorm()
                .backward(
                        call.input(0),
                        call.extra(0),
                        call.extra(1),
                        call.input(1),
                        epsilon,
                        call.dy(),
                        dx,
                        dGamma,
                        dBeta);
        ChannelShapes.giveOrClose(call, 1, dGamma);
        ChannelShapes.giveOrClose(call, 2, dBeta);
        ChannelShapes.giveOrClose(call, 0, dx);
    }

    @Override
    public void gradient(GradientCall call) {
        int rank = call.spec(0).shape().rank();
        int[] axes = IntStream.range(rank - call.spec(1).shape().rank(), rank).toArray();
        Normalized.of(call.input(0), axes, epsilon).gradient(call, call.dy());
    }
}
