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
import org.backpropaganda.autograd.kernel.Kernels;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorSpec;

/**
 * {@link BatchNorm} and {@link Relu} behind it in one pass over memory each way.
 *
 * <pre>
 * y     = max(γ (x − μ) / √(σ² + ε) + β, 0), with μ and the biased σ² of each channel
 * shape : x [..., C], γ [C], β [C] → y [..., C]; results μ [C], σ² [C]
 * saves : x, μ, σ², γ, whether y &gt; 0, one bit an element
 * vjp   : through μ and σ² too; the derivative of the ReLU at 0 is 0
 * </pre>
 *
 * Source: Ioffe and Szegedy 2015, "Batch Normalization", Algorithm 1.
 *
 * @param epsilon added to the variance
 */
public record BatchNormRelu(double epsilon) implements TwiceDifferentiable {

    /** Batch normalisation with scale and shift, and a ReLU behind it: [..., C], and as the two results μ and σ², [C]. */
    public static Tape.Applied batchNormRelu(Variable x, Variable gamma, Variable beta, double epsilon) {
        return x.tape().applyWithResults(new BatchNormRelu(epsilon), x, gamma, beta);
    }

    @Override
    public TensorSpec infer(List<TensorSpec> in) {
        return ChannelShapes.normalised(name(), in);
    }

    @Override
    public Saves saves(Operands operands) {
        TensorSpec channels = operands.spec(1);
        return Saves.none()
                .input(0)
                .input(1)
                .result("mean", channels)
                .result("variance", channels)
                .extra("positive", signs(operands.spec(0)));
    }

    private static TensorSpec signs(TensorSpec x) {
        return new TensorSpec(x.shape(), DType.BIT);
    }

    @Override
    public boolean isCheap() {
        return true;
    }

    @Override
    public void forward(ForwardCall call) {
        Tensor kept = call.extra(2);
        Tensor positive = kept != null ? kept : call.scratch(call.output().shape(), DType.BIT);
        call.kernels()
                .batchNorm()
                .forwardTrainingRelu(
                        call.input(0),
                        call.input(1),
                        call.input(2),
                        epsilon,
                        call.output(),
                        call.result(0),
                        call.result(1),
                        positive);
        if (kept == null) {
            positive.close();
        }
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
                .forwardAgainRelu(
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
                        .backwardRelu(
                                new BatchNormKernel.Normalised(
                                        call.input(0), call.extra(0), call.extra(1), call.input(1), epsilon),
                                call.extra(2),
                                new BatchNormKernel.Slopes(call.dy(), dx, dGamma, dBeta)));
    }

    @Override
    public void gradient(GradientCall call) {
        Variable x = call.input(0);
        Variable bits = positive(call.extra(2), x);
        Variable dy = Gate.where(bits, call.dy());
        bits.release();
        Normalized.of(x, ChannelShapes.allButLast(x), epsilon).gradient(call, dy);
    }

    /** What the kernel noted in an order of its own, in that of {@link Gate}. */
    private static Variable positive(Variable noted, Variable x) {
        Tensor numbers = x.tape().scope().allocate(x.shape(), x.spec().dtype());
        if (numbers.hasValues()) {
            Kernels.of(numbers).batchNorm().readPositive(noted.value(), numbers);
        }
        Variable constant = x.tape().constant(numbers);
        numbers.close();
        Variable bits = Gate.positive(constant);
        constant.release();
        return bits;
    }
}
