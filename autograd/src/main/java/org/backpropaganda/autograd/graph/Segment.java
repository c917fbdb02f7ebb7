package org.backpropaganda.autograd.graph;

import java.util.List;
import org.backpropaganda.autograd.tensor.Tensor;

/**
 * A function with its own backward, free to run tapes of its own. Checkpointing, reversible sequences, in-place
 * activated batch norm and decoupled modules are all this. One instance serves one call: what forward leaves for
 * backward are its fields, and tensors that it leased.
 *
 * <p>Rules: what it reads are its inputs and parameters; a variable of the outer tape inside a nested tape is refused.
 * A first run may have effects, a replay has none. A replay is compared with the trace that the first run left.
 */
public interface Segment {

    /** How errors and traces call it. */
    String name();

    /**
     * The parameters that its gradients go to, those of everything nested in it included
     * ({@code Module.trainedParameters()}). With none of them trainable and no input that needs a gradient, nothing is
     * recorded.
     */
    List<Parameter> parameters();

    /**
     * Computes the outputs.
     *
     * @return tensors owned by the scope of {@link SegmentForward}
     */
    List<Tensor> forward(SegmentForward call);

    /** Whether {@link #backward} has nothing to do when no gradient reached any output; then it is not called. */
    default boolean needsOutputGradient() {
        return true;
    }

    /**
     * Adds the gradients of inputs and parameters, having restored all that forward saved. Called once if forward was recorded
     * and the tape is differentiated; an output that no gradient reached has an empty slot.
     */
    void backward(SegmentBackward call);
}
