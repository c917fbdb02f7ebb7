package org.backpropaganda.autograd.optim;

import org.backpropaganda.autograd.graph.Gradients;

/**
 * Changes parameters in place, given their gradients. State is made at a parameter's first gradient, of the parameter's
 * size and under its path, and freed by {@link #close()}, or with the scope that the optimizer was built in.
 */
public interface Optimizer extends AutoCloseable {

    /**
     * Makes one step. Parameters without a gradient stay as they are, and so does their state; gradients of parameters
     * that the optimizer was not given are left alone.
     *
     * @param gradients not modified
     * @throws org.backpropaganda.autograd.tensor.MemoryBudgetException if there is no room for state; then no parameter
     *     was changed
     * @throws IllegalStateException after close
     */
    void step(Gradients gradients);

    /** The learning rate of the next step. */
    double learningRate();

    /**
     * Sets the learning rate of the next steps.
     *
     * @throws IllegalArgumentException if it is negative or not finite
     */
    void setLearningRate(double rate);

    /** Live bytes of state: what the ledger counts as {@code OPTIMIZER} for it. */
    long stateBytes();

    /** Frees the state; the parameters stay. */
    @Override
    void close();
}
