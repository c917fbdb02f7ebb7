package org.backpropaganda.autograd.graph;

import org.backpropaganda.autograd.tensor.Tensor;

/**
 * Watches the values that flow over a tape, and over the tapes nested in it: for statistics, or to find where a value goes
 * wrong. It sees each tensor while it is there anyway and must not keep or modify it.
 */
public interface TapeObserver {

    /** Sees nothing. */
    TapeObserver NONE = new TapeObserver() {};

    /**
     * An op has computed its output.
     *
     * @param op its name
     * @param path of the module call that applied it
     * @param replay whether this was computed before
     */
    default void output(String op, String path, Tensor output, boolean replay) {}

    /**
     * The gradient of an op's output is complete.
     *
     * @param op its name
     * @param path of the module call that applied it
     */
    default void gradient(String op, String path, Tensor gradient) {}
}
