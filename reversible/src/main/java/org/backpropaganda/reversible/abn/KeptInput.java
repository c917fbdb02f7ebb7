package org.backpropaganda.reversible.abn;

import java.util.List;
import org.backpropaganda.autograd.graph.SavedTensor;
import org.backpropaganda.autograd.graph.SegmentBackward;
import org.backpropaganda.autograd.graph.SegmentForward;
import org.backpropaganda.autograd.kernel.BatchNormKernel;
import org.backpropaganda.autograd.kernel.Kernels;
import org.backpropaganda.autograd.kernel.SignBits;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;

/**
 * The form of the two layers, for an x that somebody else holds: z would be held beside it.
 *
 * <pre>
 * saves    : x, μ, σ², whether y &gt; 0, one bit an element
 * backward : dy from dz by the bits; then as batch norm
 * </pre>
 */
final class KeptInput extends AbnPullback {
    private final SavedTensor input;
    private final SavedTensor mean;
    private final SavedTensor variance;
    private final SavedTensor signs;

    KeptInput(AbnFunction function, SegmentForward call, Tensor mean, Tensor variance, Tensor signs) {
        super(function, call);
        this.input = call.saveInput(X);
        this.mean = call.save("mean", mean);
        this.variance = call.save("variance", variance);
        this.signs = call.save("signs", signs);
    }

    @Override
    List<SavedTensor> saved() {
        return List.of(input, mean, variance, signs);
    }

    @Override
    void differentiate(SegmentBackward call, List<Tensor> restored, Tensor dz) {
        Tensor x = restored.get(0);
        TensorScope scope = call.scope();
        Tensor dy = own(scope, dz);
        SignBits.select(dz, restored.get(3), function().slope(), dy);
        Shape channels = restored.get(1).shape();
        Tensor scale = function().scale(scope);
        Tensor dGamma = scope.allocate(channels, x.dtype());
        Tensor dBeta = scope.allocate(channels, x.dtype());
        Kernels.of(x)
                .batchNorm()
                .backward(
                        new BatchNormKernel.Normalised(
                                x,
                                restored.get(1),
                                restored.get(2),
                                scale,
                                function().epsilon()),
                        false,
                        new BatchNormKernel.Slopes(dy, dy, dGamma, dBeta));
        scale.close();
        give(call.input(GAMMA), dGamma);
        give(call.input(BETA), dBeta);
        give(call.input(X), dy);
    }

    @Override
    Tensor input(SegmentBackward call, List<Tensor> restored) {
        return call.scope().share(restored.get(0));
    }
}
