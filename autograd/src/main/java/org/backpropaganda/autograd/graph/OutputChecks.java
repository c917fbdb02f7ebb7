package org.backpropaganda.autograd.graph;

import java.util.List;
import org.backpropaganda.autograd.tensor.ShapeException;
import org.backpropaganda.autograd.tensor.TensorSpec;

/** What can be differentiated: a scalar, or outputs with a gradient for each. */
final class OutputChecks {
    private OutputChecks() {}

    static void scalar(String user, Variable loss) {
        if (loss.shape().elements() != 1) {
            throw new ShapeException(user + ": the loss has shape " + loss.shape()
                    + ", not one element; give the gradient of each output instead");
        }
    }

    static void pairs(String user, List<Variable> outputs, List<TensorSpec> gradients) {
        if (outputs.size() != gradients.size()) {
            throw new IllegalArgumentException(
                    user + ": " + outputs.size() + " outputs, but " + gradients.size() + " gradients");
        }
        for (int i = 0; i < outputs.size(); i++) {
            if (!gradients.get(i).equals(outputs.get(i).spec())) {
                throw new ShapeException(
                        user + ": output " + i + " is " + outputs.get(i).spec() + ", its gradient " + gradients.get(i));
            }
        }
    }
}
