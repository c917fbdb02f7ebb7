package org.backpropaganda.synthetic;

import java.util.ArrayList;
import java.util.List;
import org.backpropaganda.autograd.graph.GradientSlot;
import org.backpropaganda.autograd.graph.Pullback;
import org.backpropaganda.autograd.graph.SavedTensor;
import org.backpropaganda.autograd.graph.SegmentBackward;
import org.backpropaganda.autograd.graph.Trace;
import org.backpropaganda.autograd.tensor.MemoryKind;
import org.backpropaganda.autograd.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Trains the last boundary's predictor on the gradient that arrives there. All other gradients were computed in forward,
 * from predictions: there is no function whose derivatives of a higher order they would have.
 *
 * @param boundary the last; null where it has no use for a target
 * @param share of the step that the loss is
 * @param values at the boundary, where its predictor learns; otherwise none
 * @param labels where the predictor is given them
 * @param inputGradient of the whole segment, where it is wanted
 */
record DecoupledPullback(
        @Nullable PredictedBoundary boundary,
        UpdateRule rule,
        Trace trace,
        double share,
        List<SavedTensor> values,
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
        if (!values.isEmpty() && boundary != null) {
            List<Tensor> h = values.stream().map(call::restore).toList();
            Tensor given = labels == null ? null : call.restore(labels);
            learn(call, boundary, new PredictedBoundary.Question(h, given, share));
            h.forEach(Tensor::close);
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

    /** Nothing, where no gradient has come to any of its values; to those that none came to, zero came. */
    private void learn(SegmentBackward call, PredictedBoundary last, PredictedBoundary.Question question) {
        List<Tensor> targets = new ArrayList<>();
        List<Tensor> made = new ArrayList<>();
        for (int i = 0; i < values.size(); i++) {
            Tensor arrived = call.output(i).value();
            if (arrived == null) {
                Tensor h = question.h().get(i);
                arrived = call.scope().zeros(h.shape(), h.dtype(), MemoryKind.TEMPORARY);
                made.add(arrived);
            }
            targets.add(arrived);
        }
        if (made.size() < values.size()) {
            rule.ofPredictor(last.number(), call.scope(), call.gradients(), gradients -> {
                last.train(call, trace, gradients, question, targets, predictions -> {});
                return last;
            });
        }
        made.forEach(Tensor::close);
    }
}
