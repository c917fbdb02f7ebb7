package org.backpropaganda.reversible.abn;

import java.util.List;
import org.backpropaganda.autograd.graph.SavedTensor;
import org.backpropaganda.autograd.graph.SegmentBackward;
import org.backpropaganda.autograd.graph.SegmentForward;
import org.backpropaganda.autograd.kernel.BatchNormKernel;
import org.backpropaganda.autograd.kernel.BinaryKernel;
import org.backpropaganda.autograd.kernel.EltwiseKernel;
import org.backpropaganda.autograd.kernel.HostLoop;
import org.backpropaganda.autograd.kernel.Kernels;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;

/**
 * The form in place: z lies in x's bytes, and x̂ is had back from it.
 *
 * <pre>
 * saves    : z, σ²
 * backward : y from z; x̂ = (y − β)/γ; then as batch norm
 * </pre>
 */
final class KeptOutput extends AbnPullback {
    /*
     * The batch-norm backward kernel computes x̂ = (src − mean)/√variance and dsrc = scale/√variance · (…). Given ε = 0,
     * src = y, mean = β, variance = γ² and scale = γ|γ|/√(σ² + ε), its x̂ is ours times γ's sign and its factor is
     * γ/√(σ² + ε), which is ours; the sign is put back in the gradient of γ. So no kernel of our own is needed.
     */
    private final SavedTensor output;
    private final SavedTensor variance;

    KeptOutput(AbnFunction function, SegmentForward call, Tensor output, Tensor variance) {
        super(function, call);
        this.output = call.saveExact("output", output);
        this.variance = call.saveExact("variance", variance);
    }

    @Override
    List<SavedTensor> saved() {
        return List.of(output, variance);
    }

    @Override
    void differentiate(SegmentBackward call, List<Tensor> restored, Tensor dz) {
        Tensor z = restored.get(0);
        Tensor spread = restored.get(1);
        TensorScope scope = call.scope();
        Kernels kernels = Kernels.of(z);
        Tensor dy = own(scope, dz);
        kernels.eltwise()
                .backwardFromOutput(
                        EltwiseKernel.Function.LEAKY_RELU, function().slope(), z, dz, dy);
        Tensor y = own(scope, z);
        kernels.eltwise()
                .forward(EltwiseKernel.Function.LEAKY_RELU, 1 / function().slope(), z, y);
        Shape channels = spread.shape();
        Tensor g = function().gamma().value();
        Tensor scale = scope.allocate(channels, z.dtype());
        Tensor square = scope.allocate(channels, z.dtype());
        HostLoop.map(
                scale,
                (w, v) -> function().held(w)
                        * Math.abs(function().held(w))
                        / Math.sqrt(v + function().epsilon()),
                g,
                spread);
        HostLoop.map(square, w -> function().held(w) * function().held(w), g);
        Tensor dGamma = scope.allocate(channels, z.dtype());
        Tensor dBeta = scope.allocate(channels, z.dtype());
        kernels.batchNorm()
                .backward(
                        new BatchNormKernel.Normalised(y, function().beta().value(), square, scale, 0),
                        false,
                        new BatchNormKernel.Slopes(dy, dy, dGamma, dBeta));
        HostLoop.map(dGamma, (d, w) -> Math.copySign(1, w) * d, dGamma, g);
        give(call.input(GAMMA), dGamma);
        give(call.input(BETA), dBeta);
        give(call.input(X), dy);
    }

    /** y √(σ² + ε)/γ: x but for a constant of each channel. */
    @Override
    Tensor input(SegmentBackward call, List<Tensor> restored) {
        Tensor z = restored.get(0);
        Tensor x = own(call.scope(), z);
        Kernels.of(z)
                .eltwise()
                .forward(EltwiseKernel.Function.LEAKY_RELU, 1 / function().slope(), z, x);
        Tensor factor = call.scope().allocate(restored.get(1).shape(), z.dtype());
        Tensor weight = function().gamma().value();
        HostLoop.map(factor, (v, w) -> Math.sqrt(v + function().epsilon()) / w, restored.get(1), weight);
        Kernels.of(x).binary().apply(BinaryKernel.Function.MULTIPLY, x, factor, x);
        x.written("inPlaceAbn reconstruction");
        factor.close();
        return x;
    }
}
