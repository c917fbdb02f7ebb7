package org.backpropaganda.autograd.op;

import java.util.List;
import org.backpropaganda.autograd.graph.BackwardCall;
import org.backpropaganda.autograd.graph.ForwardCall;
import org.backpropaganda.autograd.graph.GradientCall;
import org.backpropaganda.autograd.graph.Operands;
import org.backpropaganda.autograd.graph.Saves;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.graph.TwiceDifferentiable;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.kernel.BatchNormKernel;
import org.backpropaganda.autograd.tensor.TensorSpec;

/**
 * Batch normalisation with the statistics of the batch, over all axes but the last.
 *
 * <pre>
 * y     = γ (x − μ) / √(σ² + ε) + β, with μ and the biased σ² of each channel
 * shape : x [..., C], γ [C], β [C] → y [..., C]; results μ [C], σ² [C]
 * saves : x, μ, σ², γ
 * vjp   : through μ and σ² too
 * </pre>
 *
 * Source: Ioffe and Szegedy 2015, "Batch Normalization", Algorithm 1.
 *
 * @param epsilon added to the variance
 */
public record BatchNorm(double epsilon) implements TwiceDifferentiable {

    /** Batch normalisation with scale and shift: [..., C], and as the two results μ and σ², [C]. */
    public static Tape.Applied batchNorm(Variable x, Variable gamma, Variable beta, double epsilon) {
        return x.tape().applyWithResults(new BatchNorm(epsilon), x, gamma, beta);
    }

    @Override
    public TensorSpec infer(List<TensorSpec> in) {
        return ChannelShapes.normalised(name(), in);
    }

    @Override
    public Saves saves(Operands operands) {
        TensorSpec channels = operands.spec(1);
        return Saves.none().input(0).input(1).result("mean", channels).result("variance", channels);
    }

    @Override
    public boolean isCheap() {
        return true;
    }

    @Override
    public void forward(ForwardCall call) {
        call.kernels()
                .batchNorm()
                .forwardTraining(
                        call.input(0),
                        call.input(1),
                        call.input(2),
                        epsilon,
                        call.output(),
                        call.result(0),
                        call.result(1));
    }

    /** Mean and variance. */
    @Override
    public List<Integer> recalls() {
        return List.of(0, 1);
    }

    @Override
    public void again(ForwardCall call) {
        call.kernels()
                .batchNorm()
                .forwardAgain(
                        call.input(0),
                        call.input(1),
                        call.input(2),
                        epsilon,
                        call.output(),
                        call.result(0),
                        call.result(1));
    }

    @Override
    public int overwritesAgain() {
        return 0;
    }

    @Override
    public void vjp(BackwardCall call) {
        ChannelShapes.backward(
                call,
                (dx, dGamma, dBeta) -> call.kernels()
                        .batchNorm()
                        .backward(
                                new BatchNormKernel.Normalised(
                                        call.input(0), call.extra(0), call.extra(1), call.input(1), epsilon),
                                false,
                                new BatchNormKernel.Slopes(call.dy(), dx, dGamma, dBeta)));
    }

    @Override
    public void gradient(GradientCall call) {
        Normalized.of(call.input(0), ChannelShapes.allButLast(call.input(0)), epsilon)
                .gradient(call, call.dy());
    }
}
