package org.backpropaganda.synthetic;

import org.backpropaganda.autograd.graph.GradientSlot;
import org.backpropaganda.autograd.graph.Pullback;
import org.backpropaganda.autograd.graph.SavedTensor;
import org.backpropaganda.autograd.graph.SegmentBackward;
import org.backpropaganda.autograd.graph.Trace;
import org.backpropaganda.autograd.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Trains the last boundary's predictor on the gradient that arrives there. All other gradients were computed in forward,
 * from predictions: there is no function whose derivatives of a higher order they would have.
 *
 * @param boundary the last; null where it has no use for a target
 * @param share of the step that the loss is
 * @param value at the boundary, where its predictor learns
 * @param labels where the predictor is given them
 * @param inputGradient of the whole segment, where it is wanted
 */
record DecoupledPullback(
        @Nullable PredictedBoundary boundary,
        UpdateRule rule,
        Trace trace,
        double share,
        @Nullable SavedTensor value,
        @Nullable SavedTensor labels,
        @Nullable SavedTensor inputGradient)
        implements Pullback {

    /** The gradient of the input was computed in forward, from a prediction. */
    @Override
    public boolean needsOutputGradient() {
        return false;
    }

    /** Modules have learned in forward, and the predictor learns here: a second time would count twice. */
    @Override
    public boolean mayRepeat() {
        return false;
    }

    @Override
    public void backward(SegmentBackward call) {
        if (value != null && boundary != null) {
            Tensor h = call.restore(value);
            Tensor given = labels == null ? null : call.restore(labels);
            Tensor target = call.output(0).value();
            if (target != null) {
                learn(call, boundary, h, given, target);
            }
            h.close();
            if (given != null) {
                given.close();
            }
        }
        if (inputGradient != null) {
            Tensor kept = call.restore(inputGradient);
            Tensor gradient = call.scope().share(kept);
            kept.close();
            GradientSlot slot = call.input(0);
            if (slot == null) {
                gradient.close();
            } else {
                slot.give(gradient);
            }
        }
    }

    private void learn(SegmentBackward call, PredictedBoundary last, Tensor h, @Nullable Tensor given, Tensor target) {
        rule.ofPredictor(last.number(), call.scope(), call.gradients(), gradients -> {
            last.train(
                    call, trace, gradients, new PredictedBoundary.Question(h, given, share), target, prediction -> {});
            return last;
        });
    }
}
