package org.backpropaganda.autograd.technique;

import java.util.Map;
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
     * @param isResumable whether what is under way can be {@linkplain #carried carried} into another run
     */
    record Settings(
            TensorScope scope,
            StepOutline.Loss loss,
            Optimizer optimizer,
            LongUnaryOperator seeds,
            SavedTensorPolicy policy,
            boolean isResumable) {
        /** Of a run that never is resumed. */
        public Settings(
                TensorScope scope,
                StepOutline.Loss loss,
                Optimizer optimizer,
                LongUnaryOperator seeds,
                SavedTensorPolicy policy) {
            this(scope, loss, optimizer, seeds, policy, false);
        }
    }

    /**
     * Takes the next batch.
     *
     * @param input of the module. Not modified; may end with this call
     * @param labels of the batch, likewise
     * @return the loss of the batch that has come to it in this step; none while the first ones are still under way
     */
    OptionalDouble step(Tensor input, Tensor labels);

    /**
     * Learns what is still to be learned from the batches taken.
     *
     * @return the loss of the last batch that has come to it in this; none if all had before
     */
    OptionalDouble drain();

    /**
     * The gradients of one batch at the weights as they are; nothing moves, not even statistics.
     *
     * @param scope of the gradients
     * @param number of the batch, for its random numbers
     * @return empty where the steps have no gradient
     */
    Optional<Gradients> gradients(TensorScope scope, long number, Tensor input, Tensor labels);

    /**
     * What the steps hold between two batches beside weights, buffers and the optimizer, by key.
     *
     * @param scope of tensors that are made for it; the others stay with the steps
     * @throws IllegalStateException if the steps were not made to be resumed
     */
    Map<String, Tensor> carried(TensorScope scope);

    /**
     * Goes on where others stopped, with their weights, buffers and optimizer.
     *
     * @param carried of steps of the same module and settings; may end with this call
     * @throws IllegalArgumentException if something is missing
     */
    void carry(Map<String, Tensor> carried);

    /** Lets go of what is under way. */
    @Override
    void close();
}
