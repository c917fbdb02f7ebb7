package org.backpropaganda.checkpointing.planner;

import org.backpropaganda.autograd.graph.Op;
import org.backpropaganda.autograd.graph.Operands;
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

    /**
     * By multiply-adds, bytes that are read and written, and calls, in picoseconds of a processor that makes 50 thousand million
     * multiply-adds and moves 10 gigabytes a second: about two cores with AVX-512. A product's backward is as much once more for
     * every factor that needs a gradient.
     */
    static CostModel counted() {
        return CountedCost.INSTANCE;
    }
}
