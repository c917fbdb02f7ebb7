package org.backpropaganda.autograd.graph;

import java.util.List;
import java.util.Map;
import java.util.Set;

/** One recorded computation. */
interface Node {

    /**
     * Adds the gradients of the inputs.
     *
     * @param retain whether all that was kept for it stays, for another backward; otherwise it is freed
     */
    void backward(Tape tape, boolean retain);

    /** Refuses to be differentiated again where the first time had an effect that must not happen twice. */
    default void checkRepeatable() {}

    /** Gives the gradients of the inputs, recorded. All that was kept stays. */
    void gradient(RecordedBackward pass, Map<GradientSlot, Variable> outputGradients);

    /** The slots that backward may add to. */
    List<GradientSlot> destinations();

    /** Whether something that gathers in one of the slots leads here. */
    boolean comesFrom(Set<GradientSlot> slots);

    /** The slots of the outputs. */
    List<GradientSlot> origins();

    /** The module path of the call that recorded it. */
    String path();

    /** Frees all that was kept, without a backward. */
    void discard();
}
