package org.backpropaganda.experiments.text;

import java.util.List;
import org.backpropaganda.autograd.graph.Parameter;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.tensor.TensorScope;

/** A model of the characters of one text: what it reads of it, in which order, and what it remembers. */
interface CharModel {

    /** What is trained. */
    List<Parameter> parameters();

    /** How it is trained. */
    Recipe recipe();

    /** Cross-entropy of the batch of a step, in nats a character. Steps are asked for in their order. */
    Variable loss(Tape tape, TensorScope scope, long step);

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
