package org.backpropaganda.checkpointing.planner;

import java.util.List;
import org.backpropaganda.autograd.graph.Op;
import org.backpropaganda.autograd.graph.Operands;
import org.backpropaganda.autograd.graph.SavedTensorCodec;
import org.backpropaganda.autograd.tensor.TensorSpec;

/**
 * What ops take in time, told from their shapes: integers, so that the same question has the same answer everywhere. Plans are
 * compared by sums of them; the unit is the model's own.
 */
public interface CostModel {
    /** What an op takes in forward. */
    long forward(Op op, Operands inputs, TensorSpec output);

    /** What the backward of an op takes. */
    long backward(Op op, Operands inputs, TensorSpec output);

    /** What a segment takes in forward that computes by kernels of its own, as an in-place norm. */
    long segment(String name, List<TensorSpec> inputs, List<TensorSpec> outputs);

    /** What the backward of such a segment takes. */
    long segmentBackward(String name, List<TensorSpec> outputs);

    /** What it takes to put a tensor away and to bring it back, what is computed again not included. */
    long packing(SavedTensorCodec codec, TensorSpec tensor);

    /**
     * By multiply-adds, bytes that are read and written, and calls, in picoseconds of a processor that makes 50 thousand million
     * multiply-adds and moves 10 gigabytes a second: about two cores with AVX-512. A product's backward is as much once more for
     * every factor that needs a gradient; fewer bits cost 5 nanoseconds an element, and a file a nanosecond a byte each way.
     */
    static CostModel counted() {
        return CountedCost.INSTANCE;
    }
}
