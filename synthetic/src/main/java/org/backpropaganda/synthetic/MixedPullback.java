package org.backpropaganda.synthetic;

import java.util.ArrayList;
import java.util.List;
import org.backpropaganda.autograd.graph.GradientSlot;
import org.backpropaganda.autograd.graph.Pullback;
import org.backpropaganda.autograd.graph.SavedTensor;
import org.backpropaganda.autograd.graph.SegmentBackward;
import org.backpropaganda.autograd.graph.Trace;
import org.backpropaganda.autograd.kernel.HostLoop;
import org.backpropaganda.autograd.tensor.MemoryKind;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorSpec;
import org.jspecify.annotations.Nullable;

/**
 * Mixes and trains.
 *
 * @param values of the boundary; none where nothing is predicted
 * @param labels where the predictor is given them
 */
record MixedPullback(
        MixedSegment segment,
        Site site,
        List<SavedTensor> values,
        @Nullable SavedTensor labels) implements Pullback {

    /**
     * What forward knew.
     *
     * @param share of the step that the loss is
     * @param specs of the boundary
     */
    record Site(Trace trace, double share, List<TensorSpec> specs) {}

    /** A prediction goes on though nothing may arrive. */
    @Override
    public boolean needsOutputGradient() {
        return values.isEmpty();
    }

    /** The predictor learns here: a second time would count twice. */
    @Override
    public boolean mayRepeat() {
        return values.isEmpty();
    }

    @Override
    public void backward(SegmentBackward call) {
        List<@Nullable Tensor> passed = new ArrayList<>();
        for (int i = 0; i < site.specs().size(); i++) {
            passed.add(call.take(call.output(i)));
        }
        if (!values.isEmpty()) {
            mix(call, passed);
        }
        for (int i = 0; i < passed.size(); i++) {
            Tensor gradient = passed.get(i);
            GradientSlot slot = call.input(i);
            if (gradient != null && slot != null) {
                slot.give(gradient);
            } else if (gradient != null) {
                gradient.close();
            }
        }
    }

    /** Trains the predictor on what has arrived, and puts the mixture in its place. */
    private void mix(SegmentBackward call, List<@Nullable Tensor> passed) {
        List<Tensor> h = values.stream().map(call::restore).toList();
        Tensor given = labels == null ? null : call.restore(labels);
        List<Tensor> targets = new ArrayList<>();
        List<@Nullable Tensor> mixtures = new ArrayList<>();
        for (int i = 0; i < passed.size(); i++) {
            TensorSpec spec = site.specs().get(i);
            Tensor arrived = passed.get(i);
            targets.add(
                    arrived == null ? call.scope().zeros(spec.shape(), spec.dtype(), MemoryKind.TEMPORARY) : arrived);
            mixtures.add(
                    segment.lambda() < 1 && call.input(i) != null
                            ? call.scope().allocate(spec.shape(), spec.dtype(), MemoryKind.TEMPORARY)
                            : null);
        }
        learn(call, new PredictedBoundary.Question(h, given, site.share()), targets, mixtures);
        h.forEach(Tensor::close);
        if (given != null) {
            given.close();
        }
        for (int i = 0; i < passed.size(); i++) {
            Tensor mixture = mixtures.get(i);
            passed.set(i, mixture == null ? targets.get(i) : mixture);
            if (mixture != null) {
                targets.get(i).close();
            }
        }
    }

    private void learn(
            SegmentBackward call,
            PredictedBoundary.Question question,
            List<Tensor> targets,
            List<@Nullable Tensor> mixtures) {
        PredictedBoundary boundary = segment.boundary();
        double lambda = segment.lambda();
        double ownShare = (1 - lambda) * segment.factor() * boundary.factor();
        List<Tensor> unscaled = Targets.without(segment.factor(), call, targets);
        segment.rule().ofPredictor(boundary.number(), call.scope(), call.gradients(), gradients -> {
            boundary.train(call, site.trace(), gradients, question, unscaled, predictions -> {
                for (int i = 0; i < targets.size(); i++) {
                    Tensor mixture = mixtures.get(i);
                    if (mixture != null) {
                        HostLoop.map(mixture, (g, p) -> lambda * g + ownShare * p, targets.get(i), predictions.get(i));
                    }
                }
            });
            return boundary;
        });
        Targets.close(unscaled, targets);
    }
}
