package org.backpropaganda.autograd.op;

import java.util.List;
import org.backpropaganda.autograd.graph.BackwardCall;
import org.backpropaganda.autograd.graph.ForwardCall;
import org.backpropaganda.autograd.graph.GradientCall;
import org.backpropaganda.autograd.graph.Operands;
import org.backpropaganda.autograd.graph.Saves;
import org.backpropaganda.autograd.graph.TwiceDifferentiable;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.kernel.BatchNormKernel;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.TensorSpec;

/**
 * Batch normalisation with given statistics, which are constants.
 *
 * <pre>
 * y     = γ (x − μ) / √(σ² + ε) + β
 * shape : x [..., C], γ, β, μ, σ² [C] → y [..., C]
 * saves : x, γ, μ, σ²
 * vjp   : dx += dy γ / √(σ² + ε); dγ += Σ dy x̂; dβ += Σ dy
 * </pre>
 *
 * @param epsilon added to the variance
 */
public record BatchNormInference(double epsilon) implements TwiceDifferentiable {

    /** Normalisation with given statistics, and scale and shift. */
    public static Variable batchNormInference(
            Variable x, Variable gamma, Variable beta, Variable mean, Variable variance, double epsilon) {
        return x.tape().apply(new BatchNormInference(epsilon), x, gamma, beta, mean, variance);
    }

    @Override
    public TensorSpec infer(List<TensorSpec> in) {
        Checks.count(name(), in, 5);
        Checks.dtype(name(), in);
        Shape x = in.get(0).shape();
        Checks.require(x.rank() >= 2, name(), "x " + x + " must be [..., C]");
        ChannelShapes.check(name(), in);
        return in.get(0);
    }

    @Override
    public Saves saves(Operands operands) {
        return Saves.none().input(0).input(1).input(3).input(4);
    }

    @Override
    public boolean isCheap() {
        return true;
    }

    @Override
    public void forward(ForwardCall call) {
        call.kernels()
                .batchNorm()
                .forwardInference(
                        call.input(0),
                        call.input(1),
                        call.input(2),
                        epsilon,
                        call.output(),
                        call.input(3),
                        call.input(4));
    }

    @Override
    public void vjp(BackwardCall call) {
        ChannelShapes.backward(
                call,
                (dx, dGamma, dBeta) -> call.kernels()
                        .batchNorm()
                        .backward(
                                new BatchNormKernel.Normalised(
                                        call.input(0), call.input(3), call.input(4), call.input(1), epsilon),
                                true,
                                new BatchNormKernel.Slopes(call.dy(), dx, dGamma, dBeta)));
    }

    @Override
    public void gradient(GradientCall call) {
        Variable x = call.input(0);
        Variable inverse = Pow.pow(Scale.scale(call.input(4), 1, epsilon), -0.5);
        if (call.needs(0)) {
            call.give(0, Multiply.multiply(call.dy(), Multiply.multiply(call.input(1), inverse)));
        }
        if (call.needs(1)) {
            Variable normal = Multiply.multiply(Subtract.subtract(x, call.input(3)), inverse);
            call.give(1, Sum.sum(Multiply.multiply(call.dy(), normal), ChannelShapes.allButLast(x)));
        }
        if (call.needs(2)) {
            call.give(2, Sum.sum(call.dy(), ChannelShapes.allButLast(x)));
        }
    }
}
