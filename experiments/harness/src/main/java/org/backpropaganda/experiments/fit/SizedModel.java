package org.backpropaganda.experiments.fit;

import java.util.List;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.backpropaganda.experiments.model.StepParts;

/** A model and its training step, of any batch. */
interface SizedModel {
    /** The name on the command line. */
    String name();

    /** The heading of its table. */
    String title();

    /** What the step is of and what it is not, in Markdown. */
    String description();

    /** The smallest batch that a step can have. */
    long smallestBatch();

    /**
     * The model and its step.
     *
     * @param scope that the parameters are made in
     */
    StepParts step(long batch, TensorScope scope);

    /**
     * A batch with values, which decide nothing about bytes.
     *
     * @param entries the step's inputs and then its labels; modified
     */
    void fill(List<Tensor> entries);
}
