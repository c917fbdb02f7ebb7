package org.backpropaganda.autograd.graph;

import java.util.List;
import org.backpropaganda.autograd.tensor.ShapeException;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorSpec;

/** What can be differentiated: a scalar, or outputs with a gradient for each. */
final class OutputChecks {
    private OutputChecks() {}

    /** Checks that variables belong to a tape, and that gradients can still flow through them. */
    static void own(String user, Tape tape, List<Variable> inputs) {
        for (Variable input : inputs) {
            if (input.tape() != tape) {
                throw new IllegalStateException(user + ": input " + input.spec()
                        + " belongs to another tape; pass it to the segment as an input, or as a constant");
            }
            GradientSlot slot = input.slot();
            if (slot != null) {
                slot.checkOpen();
            }
            if (slot != null && slot.isDrained()) {
                throw new IllegalStateException(
                        user + ": an earlier backward has drained what made " + input.spec()
                                + ", so no gradient can flow through it; compute it again, or differentiate all losses at once");
            }
        }
    }

    /**
     * Checks that outputs can be differentiated from given gradients.
     *
     * @param nothingLeft whether an earlier backward has drained the tape
     */
    static void differentiable(Tape tape, List<Variable> outputs, List<Tensor> gradients, boolean nothingLeft) {
        if (!tape.isRecording()) {
            throw new IllegalStateException("backward: the tape does not record");
        }
        if (outputs.stream().noneMatch(Variable::requiresGradient)) {
            throw new IllegalStateException("backward: nothing that needs a gradient leads to the outputs");
        }
        if (nothingLeft) {
            throw new IllegalStateException("backward: an earlier backward drained all that was recorded");
        }
        pairs("backward", outputs, gradients.stream().map(Tensor::spec).toList());
    }

    static void scalar(String user, Variable loss) {
        if (loss.shape().elements() != 1) {
            throw new ShapeException(user + ": the loss has shape " + loss.shape()
                    + ", not one element; give the gradient of each output instead");
        }
    }

    /** Checks that gradients may gather more than once. */
    static void retainable(Gradients gradients) {
        if (gradients.areHandedOver()) {
            throw new IllegalStateException(
                    "backward: gradients that are handed over change the weights during backward,"
                            + " so nothing can be retained for another one; gather them, or drain the tape");
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
