package org.backpropaganda.synthetic;

import org.backpropaganda.autograd.graph.GradientSlot;
import org.backpropaganda.autograd.graph.Pullback;
import org.backpropaganda.autograd.graph.SavedTensor;
import org.backpropaganda.autograd.graph.SegmentBackward;
import org.backpropaganda.autograd.graph.Trace;
import org.backpropaganda.autograd.kernel.EltwiseKernel;
import org.backpropaganda.autograd.kernel.HostLoop;
import org.backpropaganda.autograd.kernel.Kernels;
import org.backpropaganda.autograd.tensor.MemoryKind;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorSpec;
import org.jspecify.annotations.Nullable;

/**
 * Mixes and trains.
 *
 * @param value of the boundary; null where nothing is predicted
 * @param labels where the predictor is given them
 */
record MixedPullback(
        MixedSegment segment,
        Site site,
        @Nullable SavedTensor value,
        @Nullable SavedTensor labels) implements Pullback {

    /**
     * What forward knew.
     *
     * @param share of the step that the loss is
     */
    record Site(Trace trace, double share, TensorSpec spec) {}

    /** A prediction goes on though nothing may arrive. */
    @Override
    public boolean needsOutputGradient() {
        return value == null;
    }

    /** The predictor learns here: a second time would count twice. */
    @Override
    public boolean mayRepeat() {
        return value == null;
    }

    @Override
    public void backward(SegmentBackward call) {
        Tensor arrived = call.take(call.output(0));
        GradientSlot slot = call.input(0);
        Tensor passed = value == null ? arrived : mixed(call, arrived, value, slot != null);
        if (passed == null) {
            return;
        }
        if (slot == null) {
            passed.close();
        } else {
            slot.give(passed);
        }
    }

    private @Nullable Tensor mixed(
            SegmentBackward call, @Nullable Tensor arrived, SavedTensor value, boolean isWanted) {
        Tensor h = call.restore(value);
        Tensor given = labels == null ? null : call.restore(labels);
        TensorSpec spec = site.spec();
        Tensor target =
                arrived == null ? call.scope().zeros(spec.shape(), spec.dtype(), MemoryKind.TEMPORARY) : arrived;
        double lambda = segment.lambda();
        Tensor mixture =
                isWanted && lambda < 1 ? call.scope().allocate(spec.shape(), spec.dtype(), MemoryKind.TEMPORARY) : null;
        learn(call, h, given, target, mixture);
        h.close();
        if (given != null) {
            given.close();
        }
        if (mixture == null) {
            return target;
        }
        target.close();
        return mixture;
    }

    private void learn(
            SegmentBackward call, Tensor h, @Nullable Tensor given, Tensor target, @Nullable Tensor mixture) {
        double lambda = segment.lambda();
        double factor = segment.factor();
        double ownShare = (1 - lambda) * factor * segment.boundary().factor();
        Tensor unscaled = factor == 1 ? target : scaled(call, target, 1 / factor);
        segment.rule().ofPredictor(segment.boundary().number(), call.scope(), call.gradients(), gradients -> {
            segment.boundary()
                    .train(
                            call,
                            site.trace(),
                            gradients,
                            new PredictedBoundary.Question(h, given, site.share()),
                            unscaled,
                            prediction -> {
                                if (mixture != null) {
                                    HostLoop.map(mixture, (g, p) -> lambda * g + ownShare * p, target, prediction);
                                }
                            });
            return segment;
        });
        if (unscaled != target) {
            unscaled.close();
        }
    }

    private static Tensor scaled(SegmentBackward call, Tensor target, double factor) {
        Tensor result = call.scope().allocate(target.shape(), target.dtype(), MemoryKind.TEMPORARY);
        Kernels.of(target).eltwise().forward(EltwiseKernel.Function.SCALE, factor, target, result);
        return result;
    }
}
