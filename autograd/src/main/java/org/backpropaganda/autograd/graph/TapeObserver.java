package org.backpropaganda.autograd.graph;

import java.util.List;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorSpec;

/**
 * Watches the values that flow over a tape, and over the tapes nested in it: for statistics, or to find where a value goes
 * wrong. It sees each tensor while it is there anyway and must not keep or modify it.
 */
public interface TapeObserver {

    /** Sees nothing. */
    TapeObserver NONE = new TapeObserver() {};

    /**
     * A module call begins.
     *
     * @param path of the call
     * @param replay whether it ran before
     */
    default void entered(Callee callee, String path, boolean replay) {}

    /**
     * The module call that was entered last and has not returned has succeeded. One that fails never returns.
     *
     * @param path of the call
     */
    default void returned(String path, List<Variable> results) {}

    /**
     * The module call that was entered last and is still running has ended without results: it failed, only a part of it was
     * computed, or it was computed again and nobody reads what it gives.
     *
     * @param path of the call
     */
    default void abandoned(String path) {}

    /**
     * An op was applied to inputs of the given shapes. Views are not told of.
     *
     * @param path of the module call that applied it
     * @param replay whether this was computed before
     */
    default void applied(Op op, Operands inputs, TensorSpec output, String path, boolean replay) {}

    /**
     * A segment has run whose computation no tape tells of, as it calls kernels by itself.
     *
     * @param name of the segment
     * @param path of the module call that applied it
     * @param replay whether this was computed before
     */
    default void ran(String name, List<TensorSpec> inputs, List<TensorSpec> outputs, String path, boolean replay) {}

    /**
     * A segment that {@link #ran} was told of is differentiated.
     *
     * @param name of the segment
     * @param path of the module call that applied it
     */
    default void ranBack(String name, List<TensorSpec> outputs, String path) {}

    /**
     * An op has computed its output.
     *
     * @param op its name
     * @param path of the module call that applied it
     * @param replay whether this was computed before
     */
    default void output(String op, String path, Tensor output, boolean replay) {}

    /**
     * A tensor was put away for backward. Parameters are remembered in place and not told of, nor are gradients.
     *
     * @param saving what was asked of the policy; must not be held beyond the call
     * @param codec what the policy chose
     * @param bytes by which {@code ACTIVATION} grew: 0 where others hold the same bytes, or where they go on being counted as
     *     input. Of the whole engine, so that it is exact where no other thread computes
     */
    default void saved(Saving saving, SavedTensorCodec codec, long bytes) {}

    /**
     * The gradient of an op's output is complete.
     *
     * @param op its name
     * @param path of the module call that applied it
     */
    default void gradient(String op, String path, Tensor gradient) {}

    /**
     * Backward goes on with what a tape recorded: an op or a segment, whose outputs have their whole gradients.
     *
     * @param tape which recorded it; inside a segment, one of the segment's own
     * @param number in the order of recording, from 0, as {@link Tape#recorded()} counts
     */
    default void goesBack(Tape tape, int number) {}

    /**
     * An op whose output has its whole gradient is differentiated.
     *
     * @param inputs of forward, with whether each needs a gradient
     * @param output of forward
     * @param path of the module call that applied it
     */
    default void differentiated(Op op, Operands inputs, TensorSpec output, String path) {}
}
