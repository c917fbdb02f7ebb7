package org.backpropaganda.synthetic;

import java.util.ArrayList;
import java.util.List;
import org.backpropaganda.autograd.graph.Parameter;
import org.backpropaganda.autograd.graph.SavedTensor;
import org.backpropaganda.autograd.graph.Segment;
import org.backpropaganda.autograd.graph.SegmentForward;
import org.backpropaganda.autograd.graph.Trace;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorSpec;

/**
 * A boundary at which gradients wait: the identity, whose backward mixes the gradient that arrives with a predicted one, and
 * trains the predictor on what has arrived.
 *
 * @param lambda of this step
 * @param factor of the gradients that come from behind: targets are told without it
 */
record MixedSegment(PredictedBoundary boundary, UpdateRule rule, double lambda, double factor) implements Segment {

    @Override
    public String name() {
        return "decoupled sequence boundary";
    }

    @Override
    public List<Parameter> parameters() {
        return new ArrayList<>(boundary.parameters().values());
    }

    @Override
    public Result forward(SegmentForward call) {
        boolean replay = call.tape().isReplay();
        Trace trace = replay ? call.firstRun() : call.trace();
        double share = call.share();
        rule.requireWhole(share);
        List<Tensor> h = new ArrayList<>();
        for (int i = 0; i < boundary.streams(); i++) {
            h.add(call.input(i));
        }
        Tensor labels = call.inputs() > h.size() ? call.input(h.size()) : null;
        boundary.ran(call.tape(), share);
        boolean asks = lambda < 1 || boundary.wantsTarget();
        if (asks && !replay) {
            boundary.predict(call, trace, h, labels).forEach(Tensor::close);
        }
        boolean keeps = asks && call.isRecorded();
        List<SavedTensor> values =
                keeps ? h.stream().map(value -> call.save("boundary", value)).toList() : List.of();
        SavedTensor given = keeps && labels != null ? call.save("labels", labels) : null;
        List<TensorSpec> specs = h.stream().map(Tensor::spec).toList();
        return new Result(
                h.stream().map(value -> call.scope().share(value)).toList(),
                new MixedPullback(this, new MixedPullback.Site(trace, share, specs), values, given));
    }
}
