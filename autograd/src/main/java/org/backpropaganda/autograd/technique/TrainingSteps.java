package org.backpropaganda.autograd.technique;

import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.LongUnaryOperator;
import org.backpropaganda.autograd.graph.Gradients;
import org.backpropaganda.autograd.graph.SavedTensorPolicy;
import org.backpropaganda.autograd.optim.Optimizer;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;

/**
 * The steps by which a {@link SelfTrained} module learns, one after another. They end with {@link #close}; weights stay as they
 * are then.
 *
 * <pre>{@code
 * OptionalDouble loss = steps.step(images, labels);
 * }</pre>
 */
public interface TrainingSteps extends AutoCloseable {
    /**
     * What steps are made with.
     *
     * @param scope of what they hold between batches
     * @param loss of the module's results and the labels, a mean over the batch
     * @param optimizer of the module's parameters, whose learning rate is that of the moment
     * @param seeds of random numbers, by number of a batch from 0
     * @param policy what becomes of saved tensors
     */
    record Settings(
            TensorScope scope,
            StepOutline.Loss loss,
            Optimizer optimizer,
            LongUnaryOperator seeds,
            SavedTensorPolicy policy) {}

    /**
     * Takes the next batch.
     *
     * @param input of the module. Not modified; may end with this call
     * @param labels of the batch, likewise
     * @return the loss of the batch that has come to it in this step; none while the first ones are still under way
     */
    OptionalDouble step(Tensor input, Tensor labels);

    /** Learns what is still to be learned from the batches taken. */
    void drain();

    /**
     * The gradients of one batch at the weights as they are; nothing moves, not even statistics.
     *
     * @param scope of the gradients
     * @param number of the batch, for its random numbers
     * @return empty where the steps have no gradient
     */
    Optional<Gradients> gradients(TensorScope scope, long number, Tensor input, Tensor labels);

    /** Lets go of what is under way. */
    @Override
    void close();
}
