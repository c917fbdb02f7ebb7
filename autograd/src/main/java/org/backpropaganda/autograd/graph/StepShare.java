package org.backpropaganda.autograd.graph;

import java.util.List;
import org.backpropaganda.autograd.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * With what a tape's backward begins: its loss's share of the step. A segment that differentiates in its forward has to
 * know it before; from then on backward may begin with nothing else. One for a tape and all that are nested in it.
 */
final class StepShare {
    private final double value;
    private final boolean named;
    private @Nullable String user;

    private StepShare(double value, boolean named) {
        this.value = value;
        this.named = named;
    }

    /** The loss is the step's, as far as anybody said. */
    static StepShare whole() {
        return new StepShare(1, false);
    }

    static StepShare of(double share) {
        if (!(share > 0 && share < Double.POSITIVE_INFINITY)) {
            throw new IllegalArgumentException(
                    "share " + share + " of a step is not a positive number; give the samples"
                            + " of the tape's loss over those of the step");
        }
        return new StepShare(share, true);
    }

    double value() {
        return value;
    }

    /** Tells the share to somebody who computes gradients with it before backward begins. */
    double usedBy(String segment) {
        if (user == null) {
            user = segment;
        }
        return value;
    }

    /** Refuses a backward that begins with another share than the one that was told. */
    void check(List<Variable> outputs, List<Tensor> gradients) {
        if (user == null) {
            return;
        }
        for (int i = 0; i < outputs.size(); i++) {
            Tensor gradient = gradients.get(i);
            if (!outputs.get(i).requiresGradient() || !gradient.hasValues()) {
                continue;
            }
            if (gradient.elements() > 1) {
                if (!named) {
                    throw new IllegalStateException("backward: " + user + " differentiated in forward and has to know"
                            + " which share of the step it was, but the output "
                            + outputs.get(i).spec()
                            + " is no loss that would tell; name it with TapeBuilder.share, 1 for a whole step, and"
                            + " gather the gradients anew");
                }
            } else if (gradient.item() != gradient.dtype().nearest(value)) {
                throw new IllegalStateException("backward: begins with the gradient " + gradient.item()
                        + ", but " + user + " differentiated in forward with the share " + value
                        + "; give the share to TapeBuilder.share, call backward(loss), and gather the gradients anew");
            }
        }
    }
}
