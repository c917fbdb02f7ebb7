package org.backpropaganda.synthetic.stage;

import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.synthetic.predictor.GradientPredictor;

/**
 * Where the gradient comes from that a stage learns from, at its end.
 *
 * <pre>{@code
 * Feedback feedback = Feedback.predicted(new LinearPredictor(factory, 256, 10));
 * }</pre>
 */
public sealed interface Feedback {
    /** From the stage behind, some ticks later. */
    static Feedback awaited() {
        return new Awaited();
    }

    /**
     * From a predictor, at once; what the stage behind sends trains the predictor.
     *
     * @param predictor of the gradient at the stage's end
     */
    static Feedback predicted(GradientPredictor predictor) {
        return new Predicted(predictor);
    }

    /**
     * From a loss of the stage's own, at once.
     *
     * @param head called with {@code [h, labels]}, returns the loss [], a mean over the batch
     */
    static Feedback local(Module head) {
        return new Local(head);
    }

    /** Whether the stage learns in the turn in which it runs. */
    default boolean isImmediate() {
        return !(this instanceof Awaited);
    }

    /** The gradient of the stage behind. */
    record Awaited() implements Feedback {}

    /**
     * A predicted gradient.
     *
     * @param predictor of the gradient at the stage's end
     */
    record Predicted(GradientPredictor predictor) implements Feedback {}

    /**
     * The gradient of a local loss.
     *
     * @param head that computes the loss
     */
    record Local(Module head) implements Feedback {}
}
