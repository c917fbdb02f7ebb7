package org.backpropaganda.reversible.abn;

import java.util.ArrayList;
import java.util.List;
import org.backpropaganda.autograd.graph.Parameter;
import org.backpropaganda.autograd.graph.SavedTensor;
import org.backpropaganda.autograd.graph.Segment;
import org.backpropaganda.autograd.graph.SegmentBackward;
import org.backpropaganda.autograd.graph.SegmentForward;
import org.backpropaganda.autograd.kernel.SignBits;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/** One call of {@link InPlaceAbn}. Inputs: x, γ, β. Whoever else holds x decides what is kept. */
final class InPlaceAbnSegment implements Segment {
    private final AbnFunction function;
    private final List<SavedTensor> remembered = new ArrayList<>();
    private @Nullable Kept kept;

    InPlaceAbnSegment(AbnFunction function) {
        this.function = function;
    }

    @Override
    public String name() {
        return "inPlaceAbn";
    }

    @Override
    public List<Parameter> parameters() {
        return List.of(function.gamma(), function.beta());
    }

    @Override
    public List<Tensor> forward(SegmentForward call) {
        Tensor x = call.input(Kept.X);
        long count = function.valuesOfAChannel(x);
        Shape channels = function.gamma().value().shape();
        Tensor mean = call.scope().allocate(channels, x.dtype());
        Tensor variance = call.scope().allocate(channels, x.dtype());
        Tensor y = call.overwrite(Kept.X);
        boolean inPlace = y.sharesBytesWith(x);
        function.normalise(call.scope(), x, y, mean, variance);
        if (!call.isRecorded()) {
            function.rectify(y);
        } else if (inPlace) {
            function.rectify(y);
            kept = new KeptOutput(function, call, y, variance);
        } else {
            Tensor signs = call.scope().allocate(y.shape(), DType.BIT);
            SignBits.pack(y, signs);
            function.rectify(y);
            kept = new KeptInput(function, call, mean, variance, signs);
            signs.close();
        }
        if (call.isRecorded()) {
            remembered.add(call.remember("weight", function.gamma()));
            remembered.add(call.remember("bias", function.beta()));
        }
        call.tape().onFirstRun(() -> function.statistics().update(mean, variance, count));
        mean.close();
        variance.close();
        return List.of(y);
    }

    @Override
    public void backward(SegmentBackward call) {
        remembered.forEach(call::restore);
        if (kept != null) {
            kept.backward(call);
        }
    }
}
