package org.backpropaganda.experiments.text;

import java.util.List;
import org.backpropaganda.autograd.graph.Parameter;
import org.backpropaganda.autograd.io.TrainingState;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.backpropaganda.synthetic.recurrent.WindowStep;

/** A model of the characters of one text: what it reads of it, in which order, and what it remembers. */
interface CharModel {

    /** What is trained. */
    Module module();

    /** How it is trained. */
    Recipe recipe();

    /**
     * Differentiates the batch of a step. Steps are asked for in their order.
     *
     * @param scope the owner of the gradients
     */
    WindowStep step(TensorScope scope, long step);

    /** What is trained beside the model. */
    default List<Parameter> besides() {
        return List.of();
    }

    /** A state with what is trained and carried beside the model in it. */
    default TrainingState in(TrainingState state) {
        return state;
    }

    /** Mean cross-entropy of the validation text, in nats a character. */
    double validation();

    /** Somebody who reads a text from its start on. */
    Reader reader();

    /**
     * Settings of AdamW.
     *
     * @param rate the highest learning rate
     * @param decay of weights that are matrices
     * @param clip the largest norm of the gradient
     */
    record Recipe(double rate, double decay, double clip) {}

    /** Reads characters one by one. */
    interface Reader extends AutoCloseable {
        /** Reads one more character; returns logits of the next. */
        double[] read(int character);

        @Override
        void close();
    }
}
