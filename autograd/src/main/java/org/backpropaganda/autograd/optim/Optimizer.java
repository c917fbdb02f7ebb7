package org.backpropaganda.autograd.optim;

import java.util.Collection;
import java.util.Map;
import org.backpropaganda.autograd.graph.Gradients;
import org.backpropaganda.autograd.graph.Parameter;
import org.backpropaganda.autograd.tensor.TensorScope;

/**
 * Changes parameters in place, given their gradients. State is made at a parameter's first gradient, of the parameter's
 * size and under its path, and freed by {@link #close()}, or with the scope that the optimizer was built in.
 */
public interface Optimizer extends AutoCloseable {

    /**
     * Makes one step. Parameters that are frozen or have no gradient stay as they are, and so does their state; gradients of parameters
     * that the optimizer was not given are left alone.
     *
     * @param gradients not modified
     * @throws org.backpropaganda.autograd.tensor.MemoryBudgetException if there is no room for state; then no parameter
     *     was changed
     * @throws IllegalStateException after close
     */
    void step(Gradients gradients);

    /**
     * Gradients for one tape ({@link org.backpropaganda.autograd.graph.TapeBuilder#gradients}): its backward updates each
     * parameter as soon as its gradient is complete, and frees the gradient. Instead of {@link #step}, with the same
     * result to the bit. Gradients of other parameters stay for whoever trains those. All state is made now, so that a
     * refusal changes no parameter; a backward that fails leaves the parameters behind it updated and those before it not.
     *
     * @param scope the owner of the gradients
     * @throws org.backpropaganda.autograd.tensor.MemoryBudgetException if there is no room for state
     * @throws IllegalStateException after close
     */
    Gradients duringBackward(TensorScope scope);

    /**
     * Gradients for one tape, as {@link #duringBackward(TensorScope)} makes them, that are clipped before each update.
     *
     * @param scope the owner of the gradients
     * @param clip of one gradient at a time
     * @throws IllegalArgumentException if clipping needs all gradients at once, as by their norm
     * @throws org.backpropaganda.autograd.tensor.MemoryBudgetException if there is no room for state
     * @throws IllegalStateException after close
     */
    Gradients duringBackward(TensorScope scope, GradientClip clip);

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

    /**
     * What it has learned so far, as it stands now, to be saved or filled.
     *
     * @throws IllegalStateException after close
     */
    OptimizerState state();

    /**
     * Makes state for some of its parameters now rather than at their first gradients, without changing any result.
     *
     * @throws IllegalArgumentException if a parameter is not its own
     * @throws org.backpropaganda.autograd.tensor.MemoryBudgetException if there is no room for state
     */
    void reserve(Collection<Parameter> parameters);

    /**
     * Continues behind steps that were made elsewhere: the parameters named get these counts and have state, to be filled
     * by the caller through {@link #state()}; all others are as before their first step.
     *
     * @param steps how many steps were made of each parameter, at least 1
     * @throws IllegalArgumentException if a parameter is not its own, or a count below 1; then nothing was changed
     * @throws org.backpropaganda.autograd.tensor.MemoryBudgetException if there is no room for state; then no count was
     *     changed
     */
    void resume(Map<Parameter, Long> steps);

    /** Frees the state; the parameters stay. */
    @Override
    void close();
}
