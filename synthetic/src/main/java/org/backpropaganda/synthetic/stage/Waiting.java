package org.backpropaganda.synthetic.stage;

import java.util.List;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/** What a stage holds of a batch whose gradient, or target, is to come. */
sealed interface Waiting extends AutoCloseable {
    /** How many updates the stage had made when the batch ran. */
    long version();

    /** The weights that it ran with, if they are kept. */
    WeightCopies.@Nullable Copy copy();

    /** The tensors from which it can be had anew, labels apart. */
    List<Tensor> tensors();

    @Override
    void close();

    /**
     * The recording of its forward.
     *
     * @param tensors what it was called with, where that may be wanted to record it anew; otherwise nothing
     * @param ends the results, without their values
     */
    record Graph(
            long version,
            Tape tape,
            StageTapes.Gathering gradients,
            List<Tensor> tensors,
            List<Variable> inputs,
            List<Variable> ends,
            WeightCopies.@Nullable Copy copy)
            implements Waiting {
        @Override
        public void close() {
            tape.close();
            gradients.close();
            release(copy);
        }
    }

    /**
     * What it was called with.
     *
     * @param holder keeps the inputs
     * @param tensors the inputs
     */
    record Input(long version, Tape holder, List<Tensor> tensors, WeightCopies.@Nullable Copy copy) implements Waiting {
        @Override
        public void close() {
            holder.close();
            release(copy);
        }
    }

    /** Nothing but the weights, if those. */
    record Nothing(long version, WeightCopies.@Nullable Copy copy) implements Waiting {
        @Override
        public List<Tensor> tensors() {
            return List.of();
        }

        @Override
        public void close() {
            release(copy);
        }
    }

    /**
     * What a predictor was asked about.
     *
     * @param holder keeps the boundary and the labels
     * @param tensors of the boundary
     */
    record Question(
            long version,
            Tape holder,
            List<Tensor> tensors,
            @Nullable Tensor labels) implements Waiting {
        @Override
        public WeightCopies.@Nullable Copy copy() {
            return null;
        }

        @Override
        public void close() {
            holder.close();
        }
    }

    private static void release(WeightCopies.@Nullable Copy copy) {
        if (copy != null) {
            copy.release();
        }
    }
}
