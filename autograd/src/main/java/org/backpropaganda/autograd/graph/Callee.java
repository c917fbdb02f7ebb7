package org.backpropaganda.autograd.graph;

import java.util.Map;
import org.backpropaganda.autograd.tensor.Tensor;

/** Something that is called on a tape and calls others: a module. Names make keys and paths. */
public interface Callee {
    /** How many calls may run inside one another: about what the stack of a thread carries that has the default size. */
    int DEEPEST = 1024;

    /**
     * What this calls {@code child}. An empty name adds nothing to keys and paths: the child stands in this one's place,
     * as in a wrapper.
     */
    String nameOf(Callee child);

    /** How errors call it. */
    default String describe() {
        return getClass().getSimpleName();
    }

    /** Whether it has {@code child} as a part of its own. */
    default boolean registers(Callee child) {
        return true;
    }

    /** Whether {@code other} is it, a part of it, or a part of a part. */
    default boolean reaches(Callee other) {
        return true;
    }

    /** Whether gradients that are computed here for {@code parameter} reach whoever trains it. */
    default boolean trains(Parameter parameter) {
        return true;
    }

    /** The parts that it calls by name. */
    default Map<String, ? extends Callee> children() {
        return Map.of();
    }

    /** The tensors that it remembers from call to call by name, those of its parts not included: parameters and buffers. */
    default Map<String, Tensor> ownState() {
        return Map.of();
    }

    /**
     * What becomes of tensors that its calls save.
     *
     * @param around what becomes of those of the call that calls it
     */
    default SavedTensorPolicy policy(SavedTensorPolicy around) {
        return around;
    }

    /** Whether it has parameters to train, or buffers. */
    default boolean keepsState() {
        return false;
    }
}
