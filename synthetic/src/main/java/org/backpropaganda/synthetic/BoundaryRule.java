package org.backpropaganda.synthetic;

import java.util.List;
import org.backpropaganda.autograd.nn.Module;
import org.jspecify.annotations.Nullable;

/**
 * What the module in front of a boundary learns from, where backpropagation would hand it the gradient of what lies behind: a
 * value, which {@link DecoupledSequence} executes. Every way to decouple modules on one tape is one such rule at every
 * boundary; boundaries of one sequence may have different ones.
 *
 * <pre>{@code
 * BoundaryRule dni = new PredictedGradient(new LinearPredictor(factory, 64));
 * BoundaryRule halfway = new PredictedGradient(new LinearPredictor(factory, 64, 10)).mixing(Mixing.constant(0.5));
 * BoundaryRule dgl = new LocalLoss(AuxiliaryClassifier.ofRows(factory, 64, 10));
 * BoundaryRule dfa = new DirectFeedback(new FeedbackMatrix(factory, 10, 64));
 * }</pre>
 */
public sealed interface BoundaryRule permits PredictedGradient, LocalLoss, DirectFeedback {

    /** What learns or is remembered at the boundary beside the model, in order. */
    List<Module> learners();

    /** How many tensors cross the boundary: what the module in front returns, and the module behind is called with. */
    default int streams() {
        return 1;
    }

    /** Whether it looks at the labels. */
    boolean isConditioned();

    /**
     * How probable it is that the module in front of the boundary learns in a step. Where it does not, it runs all the same; what
     * stands in front of it gets no gradient from it, and no target.
     */
    default double updateProbability() {
        return 1;
    }

    /**
     * What predicts the value that crosses from the input of the sequence, so that the module behind need not wait for the one
     * in front even in forward; null where the value itself crosses.
     */
    default @Nullable Module input() {
        return null;
    }

    /** A probability, checked. */
    static double requireProbability(double probability) {
        if (!(probability > 0 && probability <= 1)) {
            throw new IllegalArgumentException(
                    "boundary: update probability " + probability + " must be above 0 and at most 1");
        }
        return probability;
    }
}
