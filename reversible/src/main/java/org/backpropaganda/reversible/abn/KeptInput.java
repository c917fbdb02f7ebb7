package org.backpropaganda.reversible.abn;

import java.util.ArrayList;
import java.util.List;
import org.backpropaganda.autograd.graph.SavedTensor;
import org.backpropaganda.autograd.graph.SegmentBackward;
import org.backpropaganda.autograd.graph.SegmentForward;
import org.backpropaganda.autograd.kernel.BatchNormKernel;
import org.backpropaganda.autograd.kernel.Kernels;
import org.backpropaganda.autograd.kernel.SignBits;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;

/**
 * The form of the two layers, for an x that somebody else holds, beside which z would be held, and for a z that x cannot be
 * had back from.
 *
 * <pre>
 * saves    : x, μ, σ²; behind leaky ReLU whether y &gt; 0, one bit an element; behind ELU z
 * backward : dy from dz by the bits or by z; then as batch norm
 * </pre>
 */
final class KeptInput extends AbnPullback {
    private final List<SavedTensor> saved = new ArrayList<>();

    private KeptInput(AbnFunction function, SegmentForward call, Tensor mean, Tensor variance) {
        super(function, call);
        saved.add(call.saveInput(X));
        saved.add(call.save("mean", mean));
        saved.add(call.save("variance", variance));
    }

    /**
     * Makes z of y, which was made of x beside it.
     *
     * @param y normalised. Modified
     */
    static KeptInput activating(AbnFunction function, SegmentForward call, Tensor y, Tensor mean, Tensor variance) {
        KeptInput kept = new KeptInput(function, call, mean, variance);
        InvertibleActivation activation = function.activation();
        if (activation instanceof InvertibleActivation.LeakyRelu) {
            Tensor signs = call.scope().allocate(y.shape(), DType.BIT);
            SignBits.pack(y, signs);
            kept.saved.add(call.save("signs", signs));
            signs.close();
        }
        activation.forward(y);
        if (activation instanceof InvertibleActivation.Elu) {
            kept.saved.add(call.save(OUTPUT, y));
        }
        return kept;
    }

    @Override
    List<SavedTensor> saved() {
        return saved;
    }

    @Override
    void differentiate(SegmentBackward call, List<Tensor> restored, Tensor dz) {
        Tensor x = restored.get(0);
        TensorScope scope = call.scope();
        Tensor dy = own(scope, dz);
        if (function().activation() instanceof InvertibleActivation.LeakyRelu leaky) {
            SignBits.select(dz, restored.get(3), leaky.slope(), dy);
        } else {
            Tensor last = restored.get(restored.size() - 1); // z behind ELU; identity looks at none
            function().activation().backward(last, dz, dy);
        }
        Shape channels = restored.get(1).shape();
        Tensor dGamma = scope.allocate(channels, x.dtype());
        Tensor dBeta = scope.allocate(channels, x.dtype());
        Kernels.of(x)
                .batchNorm()
                .backward(
                        new BatchNormKernel.Normalised(
                                x,
                                restored.get(1),
                                restored.get(2),
                                function().gamma().value(),
                                function().epsilon()),
                        false,
                        new BatchNormKernel.Slopes(dy, dy, dGamma, dBeta));
        give(call.input(GAMMA), dGamma);
        give(call.input(BETA), dBeta);
        give(call.input(X), dy);
    }

    @Override
    Tensor input(SegmentBackward call, List<Tensor> restored) {
        return call.scope().share(restored.get(0));
    }
}
