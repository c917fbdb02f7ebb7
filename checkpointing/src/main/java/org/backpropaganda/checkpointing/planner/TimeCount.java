package org.backpropaganda.checkpointing.planner;

import java.util.List;
import java.util.Optional;
import org.backpropaganda.autograd.graph.Op;
import org.backpropaganda.autograd.graph.Operands;
import org.backpropaganda.autograd.graph.SavedTensorCodec;
import org.backpropaganda.autograd.graph.Saving;
import org.backpropaganda.autograd.graph.TapeObserver;
import org.backpropaganda.autograd.tensor.TensorSpec;
import org.jspecify.annotations.Nullable;

/** Adds up what the ops of a step take. */
class TimeCount implements TapeObserver {
    private final CostModel costs;
    private long time;
    private long multiplyAdds;
    private long repeatedMultiplyAdds;
    private @Nullable String abandoned;

    TimeCount(CostModel costs) {
        this.costs = costs;
    }

    /** What all ops so far take, in the unit of the cost model. */
    final long time() {
        return time;
    }

    /** Of forward, what is computed again not included. */
    final long multiplyAdds() {
        return multiplyAdds;
    }

    /** The path of the innermost module call of those that were abandoned first; empty where none was, or it has no path. */
    final Optional<String> failed() {
        return Optional.ofNullable(abandoned).filter(path -> !path.isEmpty());
    }

    @Override
    public void abandoned(String path) {
        abandoned = abandoned == null ? path : abandoned;
    }

    /** Of what is computed again. */
    final long repeatedMultiplyAdds() {
        return repeatedMultiplyAdds;
    }

    @Override
    public void applied(Op op, Operands inputs, TensorSpec output, String path, boolean replay) {
        time += costs.forward(op, inputs, output);
        long count = op.multiplyAdds(inputs, output);
        if (replay) {
            repeatedMultiplyAdds += count;
        } else {
            multiplyAdds += count;
        }
    }

    @Override
    public void differentiated(Op op, Operands inputs, TensorSpec output, String path) {
        time += costs.backward(op, inputs, output);
    }

    @Override
    public void ran(String name, List<TensorSpec> inputs, List<TensorSpec> outputs, String path, boolean replay) {
        time += costs.segment(name, inputs, outputs);
    }

    @Override
    public void ranBack(String name, List<TensorSpec> outputs, String path) {
        time += costs.segmentBackward(name, outputs);
    }

    @Override
    public void saved(Saving saving, SavedTensorCodec codec, long grown) {
        time += costs.packing(codec, saving.spec());
    }
}
