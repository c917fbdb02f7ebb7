package org.backpropaganda.reversible.abn;

import java.util.List;
import org.backpropaganda.autograd.graph.Parameter;
import org.backpropaganda.autograd.graph.Pullback;
import org.backpropaganda.autograd.graph.Segment;
import org.backpropaganda.autograd.graph.SegmentForward;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/** {@link InPlaceAbn} as a function. Inputs: x, γ, β. Whoever else holds x, γ and β decide what is kept. */
record InPlaceAbnSegment(AbnFunction function) implements Segment {

    @Override
    public String name() {
        return "inPlaceAbn";
    }

    @Override
    public List<Parameter> parameters() {
        return List.of(function.gamma(), function.beta());
    }

    @Override
    public Result forward(SegmentForward call) {
        Tensor x = call.input(NormPullback.X);
        long count = function.valuesOfAChannel(x);
        LostChannels lost = function.reconstruction().lost(count, call.tape());
        Shape channels = function.gamma().value().shape();
        Tensor mean = call.scope().allocate(channels, x.dtype());
        Tensor variance = call.scope().allocate(channels, x.dtype());
        boolean keepsColumns = call.isRecorded() && x.isExclusive() && !lost.none() && !lost.all();
        Tensor columns = keepsColumns ? lost.columnsOf(call.scope(), x) : null;
        if (x.isExclusive()) {
            function.warning().of(name(), lost, function.reconstruction(), call.tape(), x);
        }
        Tensor y = call.isRecorded() && lost.all()
                ? call.scope().allocate(x.shape(), x.dtype())
                : call.overwrite(NormPullback.X);
        boolean inPlace = y.sharesBytesWith(x);
        function.normalise(x, y, mean, variance);
        Pullback pullback;
        if (call.isRecorded() && !inPlace) {
            pullback = KeptInput.activating(function, call, y, mean, variance);
        } else {
            function.activation().forward(y);
            pullback = call.isRecorded() ? keptOutput(call, y, mean, variance, lost, columns) : unrecorded -> {};
        }
        if (columns != null) {
            columns.close();
        }
        call.tape().onFirstRun(() -> function.statistics().update(mean, variance, count));
        mean.close();
        variance.close();
        return new Result(List.of(y), pullback);
    }

    private Pullback keptOutput(
            SegmentForward call, Tensor z, Tensor mean, Tensor variance, LostChannels lost, @Nullable Tensor columns) {
        if (columns != null) {
            lost.normaliseByChannel(columns, mean, variance, function.epsilon());
        }
        return new KeptOutput(function, call, z, variance, lost, columns);
    }
}
