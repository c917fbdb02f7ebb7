package org.backpropaganda.checkpointing.planner;

import java.util.List;
import java.util.Map;
import org.backpropaganda.autograd.graph.Op;
import org.backpropaganda.autograd.graph.Operands;
import org.backpropaganda.autograd.graph.SavedTensorCodec;
import org.backpropaganda.autograd.tensor.TensorSpec;

/** Picoseconds that ops took in real steps; of what did not run there, what is counted for it, at the pace of what did. */
final class MeasuredCost implements CostModel {
    private static final long PICOSECONDS = 1000;

    private final Map<Profile.Key, Long> nanos;
    private final CostModel counted;
    private final double pace;

    /**
     * Of a profile.
     *
     * @param pace measured time over counted time of all that was measured
     */
    MeasuredCost(Map<Profile.Key, Long> nanos, CostModel counted, double pace) {
        this.nanos = Map.copyOf(nanos);
        this.counted = counted;
        this.pace = pace;
    }

    private long of(Profile.Key key, long otherwise) {
        Long measured = nanos.get(key);
        return measured == null ? Math.round(pace * otherwise) : PICOSECONDS * measured;
    }

    @Override
    public long forward(Op op, Operands inputs, TensorSpec output) {
        return of(Profile.Key.of(op, inputs, output, false), counted.forward(op, inputs, output));
    }

    @Override
    public long backward(Op op, Operands inputs, TensorSpec output) {
        return of(Profile.Key.of(op, inputs, output, true), counted.backward(op, inputs, output));
    }

    @Override
    public long segment(String name, List<TensorSpec> inputs, List<TensorSpec> outputs) {
        return of(new Profile.Key(name, inputs, List.of(), outputs, false), counted.segment(name, inputs, outputs));
    }

    @Override
    public long segmentBackward(String name, List<TensorSpec> outputs) {
        return of(new Profile.Key(name, List.of(), List.of(), outputs, true), counted.segmentBackward(name, outputs));
    }

    @Override
    public long packing(SavedTensorCodec codec, TensorSpec tensor) {
        return Math.round(pace * counted.packing(codec, tensor));
    }
}
