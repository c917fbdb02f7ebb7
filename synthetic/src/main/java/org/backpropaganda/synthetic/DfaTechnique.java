package org.backpropaganda.synthetic;

import org.backpropaganda.autograd.technique.Cut;
import org.backpropaganda.autograd.technique.TechniqueSettings;

/**
 * {@code dfa}: direct feedback alignment. Each module but the last learns from the error of the logits by a fixed random matrix;
 * activations are those of plain backpropagation, since all wait for the loss.
 */
public final class DfaTechnique extends Decoupling {
    /** The technique as it is found. */
    public DfaTechnique() {
        super("dfa", "cuts the model into modules, each with the error brought to it by a fixed random matrix");
    }

    @Override
    BoundaryRule rule(Cut cut, int block, TechniqueSettings settings) {
        if (updateProbability(settings) < 1) {
            throw new IllegalArgumentException(
                    "update-probability is for modules that wait for no gradient, and these wait for the error");
        }
        return new DirectFeedback(new FeedbackMatrix(settings.factory(), cut.classes(), channels(cut, block)));
    }

    @Override
    String refusalOfSequences() {
        return "there is no feedback of errors to sequences";
    }
}
