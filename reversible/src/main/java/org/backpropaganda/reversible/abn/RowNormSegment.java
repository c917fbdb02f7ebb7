package org.backpropaganda.reversible.abn;

import java.util.List;
import org.backpropaganda.autograd.graph.Parameter;
import org.backpropaganda.autograd.graph.Pullback;
import org.backpropaganda.autograd.graph.Segment;
import org.backpropaganda.autograd.graph.SegmentForward;
import org.backpropaganda.autograd.tensor.Tensor;

/** A normalisation of rows that is differentiated from its output. Inputs: x, γ, and β if there is one. */
record RowNormSegment(RowNorm norm) implements Segment {

    @Override
    public String name() {
        return norm.name();
    }

    @Override
    public List<Parameter> parameters() {
        return norm.parameters();
    }

    @Override
    public Result forward(SegmentForward call) {
        Tensor x = call.input(NormPullback.X);
        RowNorm.Moments moments = norm.moments(call.scope(), x);
        LostChannels lost = norm.reconstruction().lost(norm.columns(), call.tape());
        norm.warning().of(norm.name(), lost, norm.reconstruction(), call.tape(), x);
        boolean all = call.isRecorded() && lost.all();
        boolean some = call.isRecorded() && !lost.none() && !lost.all();
        Tensor columns = some ? lost.columnsOf(call.scope(), x) : null;
        Tensor y = all ? call.scope().allocate(x.shape(), x.dtype()) : call.overwrite(NormPullback.X);
        norm.forward(x, y, moments);
        if (columns != null) {
            norm.normalise(columns, moments);
        }
        Pullback pullback =
                call.isRecorded() ? new RowNormPullback(norm, call, y, moments, lost, columns) : unrecorded -> {};
        if (columns != null) {
            columns.close();
        }
        moments.close();
        return new Result(List.of(y), pullback);
    }
}
