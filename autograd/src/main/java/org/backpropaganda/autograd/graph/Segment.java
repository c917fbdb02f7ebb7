package org.backpropaganda.autograd.graph;

import java.util.List;
import org.backpropaganda.autograd.tensor.Tensor;

/**
 * A function with its own backward, free to run tapes of its own. Checkpointing, reversible sequences, in-place
 * activated batch norm and decoupled modules are all this. A segment is a value: nothing in it changes, and one instance
 * serves any number of calls. What a call leaves for its backward is the {@link Pullback} that it returns.
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

    /** Computes the outputs. */
    Result forward(SegmentForward call);

    /**
     * What one call gives.
     *
     * @param outputs tensors owned by the scope of {@link SegmentForward}
     * @param pullback how they are differentiated; not called where the call was not recorded
     */
    record Result(List<Tensor> outputs, Pullback pullback) {}
}
