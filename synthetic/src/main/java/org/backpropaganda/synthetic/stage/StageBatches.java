package org.backpropaganda.synthetic.stage;

import java.util.List;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.jspecify.annotations.Nullable;

/** Where a learner has its batches from. */
@FunctionalInterface
public interface StageBatches {
    /**
     * A batch.
     *
     * @param inputs of the first module, in the scope that was given
     * @param labels in the same scope
     */
    record Batch(List<Tensor> inputs, @Nullable Tensor labels) {}

    /**
     * Makes a batch. Called in the thread of the first stage.
     *
     * @param scope for the batch's tensors; ends when the first stage has taken them
     * @param number of the batch, from 0
     */
    Batch batch(TensorScope scope, long number);
}
