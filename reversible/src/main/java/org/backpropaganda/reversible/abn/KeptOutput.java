package org.backpropaganda.reversible.abn;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntToDoubleFunction;
import org.backpropaganda.autograd.graph.SavedTensor;
import org.backpropaganda.autograd.graph.SegmentBackward;
import org.backpropaganda.autograd.graph.SegmentForward;
import org.backpropaganda.autograd.kernel.BatchNormKernel;
import org.backpropaganda.autograd.kernel.BinaryKernel;
import org.backpropaganda.autograd.kernel.Kernels;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.jspecify.annotations.Nullable;

/**
 * The form in place: z lies in x's bytes, and what batch norm's backward needs is had back from it, for lost channels from
 * what is kept beside it.
 *
 * <pre>
 * saves    : z, σ²; x̂ of lost channels
 * backward : y from z; then, by variant,
 *   I  : x̂ = (y − β)/γ;  dγ = Σ x̂ dy;  dx = γ/√(σ² + ε) (dy − Σdy/m − x̂ dγ/m)
 *   II : dγ = Σ (y − β) dy / γ;        dx = γ/√(σ² + ε) (dy − Σdy/m − (y − β) dγ/(γ m))
 * </pre>
 */
final class KeptOutput extends AbnPullback {
    /*
     * I. The batch-norm backward kernel computes x̂ = (src − mean)/√variance and dsrc = scale/√variance · (…). Given ε = 0,
     * src = y, mean = β, variance = γ² and scale = γ|γ|/√(σ² + ε), its x̂ is ours times γ's sign and its factor is
     * γ/√(σ² + ε), which is ours; the sign is put back in the gradient of γ. So no kernel of our own is needed. The columns of
     * y whose channel is lost are overwritten by x̂, with mean = 0, variance = 1 and scale = γ/√(σ² + ε).
     *
     * II. The paper has Σ y dy − β Σ dy, whose parts may be far larger than their difference; the kernel sums (y − β) dy.
     * There mean = β and variance = 1 held constant, so that it gives that sum, Σ dy and γ/√(σ² + ε) dy; what the batch's
     * statistics add is a scale and a shift of y − β. A lost channel has x̂ in the place of y, with β = 0 and γ = 1.
     */
    private final LostChannels lost;
    private final List<SavedTensor> saved = new ArrayList<>();

    /**
     * Of a call.
     *
     * @param columns normalised values of the lost channels, if any are lost
     */
    KeptOutput(
            AbnFunction function,
            SegmentForward call,
            Tensor output,
            Tensor variance,
            LostChannels lost,
            @Nullable Tensor columns) {
        super(function, call);
        this.lost = lost;
        saved.add(call.saveExact(OUTPUT, output));
        saved.add(call.saveExact("variance", variance));
        if (columns != null) {
            saved.add(call.saveExact(LOST, columns));
        }
    }

    @Override
    List<SavedTensor> saved() {
        return saved;
    }

    @Override
    void differentiate(SegmentBackward call, List<Tensor> restored, Tensor dz) {
        Tensor z = restored.get(0);
        TensorScope scope = call.scope();
        Tensor dy = own(scope, dz);
        function().activation().backward(z, dz, dy);
        Tensor y = before(scope, restored);
        Channels channels = new Channels(scope, restored.get(1));
        Tensor dGamma = channels.vector(c -> 0);
        Tensor dBeta = channels.vector(c -> 0);
        switch (function().variant()) {
            case I -> {
                Kernels.of(z)
                        .batchNorm()
                        .backward(
                                new BatchNormKernel.Normalised(
                                        y,
                                        channels.centres(),
                                        channels.vector(c -> channels.divisor(c) * channels.divisor(c)),
                                        channels.vector(c -> channels.scale(c)
                                                * Math.abs(channels.divisor(c))
                                                / channels.deviation(c)),
                                        0),
                                false,
                                new BatchNormKernel.Slopes(dy, dy, dGamma, dBeta));
                double[] slopes = Vectors.values(dGamma);
                Vectors.set(dGamma, c -> Math.copySign(1, channels.divisor(c)) * slopes[c]);
            }
            case II -> withoutNormalised(channels, y, dy, dGamma, dBeta);
        }
        give(call.input(GAMMA), dGamma);
        give(call.input(BETA), dBeta);
        give(call.input(X), dy);
    }

    private static void withoutNormalised(Channels channels, Tensor y, Tensor dy, Tensor dGamma, Tensor dBeta) {
        Kernels kernels = Kernels.of(y);
        Tensor centre = channels.centres();
        Tensor ones = channels.vector(c -> 1);
        Tensor factor = channels.vector(channels::factor);
        kernels.batchNorm()
                .backward(
                        new BatchNormKernel.Normalised(y, centre, ones, factor, 0),
                        true,
                        new BatchNormKernel.Slopes(dy, dy, dGamma, dBeta));
        double[] scales = Vectors.values(dGamma);
        Arrays.setAll(scales, c -> scales[c] / channels.divisor(c));
        Vectors.set(dGamma, c -> scales[c]);
        double count = (double) y.elements() / centre.elements();
        double[] shifts = Vectors.values(dBeta);
        Tensor scale = channels.vector(c -> -channels.factor(c) * scales[c] / channels.divisor(c) / count);
        Tensor shift = channels.vector(c -> -channels.factor(c) * shifts[c] / count);
        kernels.batchNorm().forwardInference(y, scale, shift, 0, y, centre, ones);
        kernels.binary().apply(BinaryKernel.Function.ADD, dy, y, dy);
    }

    /** y from z, x̂ in its lost channels. */
    private Tensor before(TensorScope scope, List<Tensor> restored) {
        Tensor z = restored.get(0);
        Tensor y = own(scope, z);
        function().activation().inverse(z, y);
        if (!lost.none()) {
            lost.scatter(restored.get(2), y);
        }
        y.written("inPlaceAbn reconstruction");
        return y;
    }

    /** y √(σ² + ε)/γ: x but for a constant of each channel. */
    @Override
    Tensor input(SegmentBackward call, List<Tensor> restored) {
        Tensor x = before(call.scope(), restored);
        Channels channels = new Channels(call.scope(), restored.get(1));
        Tensor factor = channels.vector(c -> channels.deviation(c) / channels.divisor(c));
        Kernels.of(x).binary().apply(BinaryKernel.Function.MULTIPLY, x, factor, x);
        x.written("inPlaceAbn reconstruction");
        factor.close();
        return x;
    }

    /** Numbers of each channel, on the heap: they are few. */
    private final class Channels {
        private final TensorScope scope;
        private final Tensor like;
        private final double[] gamma;
        private final double[] beta;
        private final double[] variance;
        private final boolean[] isLost;

        Channels(TensorScope scope, Tensor variance) {
            this.scope = scope;
            this.like = variance;
            this.gamma = Vectors.values(function().gamma().value());
            this.beta = Vectors.values(function().beta().value());
            this.variance = Vectors.values(variance);
            this.isLost = lost.flags();
        }

        /** β, which γ x̂ is centred by; 0 in the place of lost ones. */
        Tensor centres() {
            return lost.none() ? function().beta().value() : vector(c -> isLost[c] ? 0 : beta[c]);
        }

        /** γ, which γ x̂ is divided by; 1 for lost ones. */
        double divisor(int c) {
            return isLost[c] ? 1 : gamma[c];
        }

        /** γ. */
        double scale(int c) {
            return gamma[c];
        }

        double deviation(int c) {
            return Math.sqrt(variance[c] + function().epsilon());
        }

        /** γ/√(σ² + ε). */
        double factor(int c) {
            return gamma[c] / deviation(c);
        }

        Tensor vector(IntToDoubleFunction value) {
            return Vectors.like(like, scope, value);
        }
    }
}
