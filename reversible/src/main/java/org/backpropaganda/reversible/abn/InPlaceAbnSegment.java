package org.backpropaganda.reversible.abn;

import java.util.List;
import org.backpropaganda.autograd.graph.Parameter;
import org.backpropaganda.autograd.graph.Pullback;
import org.backpropaganda.autograd.graph.Segment;
import org.backpropaganda.autograd.graph.SegmentForward;
import org.backpropaganda.autograd.kernel.SignBits;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;

/** {@link InPlaceAbn} as a function. Inputs: x, γ, β. Whoever else holds x decides what is kept. */
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
        Tensor x = call.input(AbnPullback.X);
        long count = function.valuesOfAChannel(x);
        Shape channels = function.gamma().value().shape();
        Tensor mean = call.scope().allocate(channels, x.dtype());
        Tensor variance = call.scope().allocate(channels, x.dtype());
        Tensor y = call.overwrite(AbnPullback.X);
        boolean inPlace = y.sharesBytesWith(x);
        function.normalise(call.scope(), x, y, mean, variance);
        Pullback pullback;
        if (!call.isRecorded() || inPlace) {
            function.rectify(y);
            pullback = call.isRecorded() ? new KeptOutput(function, call, y, variance) : unrecorded -> {};
        } else {
            Tensor signs = call.scope().allocate(y.shape(), DType.BIT);
            SignBits.pack(y, signs);
            function.rectify(y);
            pullback = new KeptInput(function, call, mean, variance, signs);
            signs.close();
        }
        call.tape().onFirstRun(() -> function.statistics().update(mean, variance, count));
        mean.close();
        variance.close();
        return new Result(List.of(y), pullback);
    }
}
