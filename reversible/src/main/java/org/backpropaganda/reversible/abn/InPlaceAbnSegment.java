package org.backpropaganda.reversible.abn;

import java.util.ArrayList;
import java.util.List;
import org.backpropaganda.autograd.graph.GradientSlot;
import org.backpropaganda.autograd.graph.Parameter;
import org.backpropaganda.autograd.graph.SavedTensor;
import org.backpropaganda.autograd.graph.Segment;
import org.backpropaganda.autograd.graph.SegmentBackward;
import org.backpropaganda.autograd.graph.SegmentForward;
import org.backpropaganda.autograd.kernel.EltwiseKernel;
import org.backpropaganda.autograd.kernel.HostLoop;
import org.backpropaganda.autograd.kernel.Kernels;
import org.backpropaganda.autograd.nn.RunningStatistics;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.ShapeException;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.jspecify.annotations.Nullable;

/**
 * One call of {@link InPlaceAbn}. Inputs: x, γ, β.
 *
 * <pre>
 * forward  : y = γ (x − μ)/√(σ² + ε) + β;  z = y where y &gt; 0, slope·y elsewhere, all in x's bytes
 * saves    : z, σ²
 * backward : y from z; x̂ = (y − β)/γ; then as batch norm
 * </pre>
 */
final class InPlaceAbnSegment implements Segment {
    /*
     * The batch-norm backward kernel computes x̂ = (src − mean)/√variance and dsrc = scale/√variance · (…). Given ε = 0,
     * src = y, mean = β, variance = γ² and scale = γ|γ|/√(σ² + ε), its x̂ is ours times γ's sign and its factor is
     * γ/√(σ² + ε), which is ours; the sign is put back in the gradient of γ. So no kernel of our own is needed.
     */
    private static final int X = 0;
    private static final int GAMMA = 1;
    private static final int BETA = 2;

    private final Parameter gamma;
    private final Parameter beta;
    private final RunningStatistics statistics;
    private final double epsilon;
    private final double slope;
    private final List<SavedTensor> saved = new ArrayList<>();

    InPlaceAbnSegment(Parameter gamma, Parameter beta, RunningStatistics statistics, double epsilon, double slope) {
        this.gamma = gamma;
        this.beta = beta;
        this.statistics = statistics;
        this.epsilon = epsilon;
        this.slope = slope;
    }

    @Override
    public String name() {
        return "inPlaceAbn";
    }

    @Override
    public List<Parameter> parameters() {
        return List.of(gamma, beta);
    }

    @Override
    public List<Tensor> forward(SegmentForward call) {
        Tensor x = call.input(X);
        Shape channels = gamma.value().shape();
        if (x.shape().rank() < 2 || !Shape.of(x.shape().dim(-1)).equals(channels)) {
            throw new ShapeException("inPlaceAbn: x " + x.shape() + " must be [..., " + channels.dim(0) + "]");
        }
        long count = x.elements() / channels.dim(0);
        if (count < 2) {
            throw new ShapeException("inPlaceAbn: x " + x.shape() + " has one value a channel; use a larger batch");
        }
        Tensor mean = call.scope().allocate(channels, x.dtype());
        Tensor variance = call.scope().allocate(channels, x.dtype());
        Tensor scale = held(call.scope(), gamma.value());
        Tensor y = call.overwrite(X);
        Kernels kernels = Kernels.of(y);
        kernels.batchNorm().forwardTraining(x, scale, beta.value(), epsilon, y, mean, variance);
        kernels.eltwise().forward(EltwiseKernel.Function.LEAKY_RELU, slope, y, y);
        call.tape().onFirstRun(() -> statistics.update(mean, variance, count));
        if (call.isRecorded()) {
            saved.add(call.save("output", y));
            saved.add(call.save("variance", variance));
            saved.add(call.remember("weight", gamma));
            saved.add(call.remember("bias", beta));
        }
        mean.close();
        variance.close();
        scale.close();
        return List.of(y);
    }

    /** γ with its magnitude held at ε or above. */
    private Tensor held(TensorScope scope, Tensor weight) {
        Tensor held = scope.allocate(weight.shape(), weight.dtype());
        HostLoop.map(held, (w, same) -> held(w), weight, weight);
        return held;
    }

    private double held(double weight) {
        return Math.copySign(Math.max(Math.abs(weight), epsilon), weight);
    }

    @Override
    public void backward(SegmentBackward call) {
        Tensor output = call.restore(saved.get(0));
        Tensor variance = call.restore(saved.get(1));
        call.restore(saved.get(2));
        call.restore(saved.get(3));
        Tensor dz = call.output(0).take();
        if (dz != null) {
            differentiate(call, output, variance, dz);
            dz.close();
        }
        output.close();
        variance.close();
    }

    private void differentiate(SegmentBackward call, Tensor z, Tensor variance, Tensor dz) {
        TensorScope scope = call.scope();
        Kernels kernels = Kernels.of(z);
        Tensor dy = own(scope, dz);
        kernels.eltwise().backwardFromOutput(EltwiseKernel.Function.LEAKY_RELU, slope, z, dz, dy);
        Tensor y = own(scope, z);
        kernels.eltwise().forward(EltwiseKernel.Function.LEAKY_RELU, 1 / slope, z, y);
        Shape channels = variance.shape();
        Tensor g = gamma.value();
        Tensor scale = scope.allocate(channels, z.dtype());
        Tensor square = scope.allocate(channels, z.dtype());
        HostLoop.map(scale, (w, v) -> held(w) * Math.abs(held(w)) / Math.sqrt(v + epsilon), g, variance);
        HostLoop.map(square, (w, same) -> held(w) * held(w), g, g);
        Tensor dGamma = scope.allocate(channels, z.dtype());
        Tensor dBeta = scope.allocate(channels, z.dtype());
        kernels.batchNorm().backward(y, beta.value(), square, scale, 0, false, dy, dy, dGamma, dBeta);
        HostLoop.map(dGamma, (d, w) -> Math.copySign(1, w) * d, dGamma, g);
        give(call.input(GAMMA), dGamma);
        give(call.input(BETA), dBeta);
        give(call.input(X), dy);
    }

    /** A tensor to compute into: {@code tensor} itself where nobody else holds it. */
    private static Tensor own(TensorScope scope, Tensor tensor) {
        return tensor.isExclusive() ? scope.share(tensor) : scope.allocate(tensor.shape(), tensor.dtype());
    }

    private static void give(@Nullable GradientSlot slot, Tensor gradient) {
        if (slot != null) {
            slot.give(gradient);
        }
    }
}
