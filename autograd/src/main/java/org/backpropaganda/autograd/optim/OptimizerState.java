package org.backpropaganda.autograd.optim;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.backpropaganda.autograd.graph.Parameter;
import org.backpropaganda.autograd.tensor.Tensor;

/**
 * What an optimizer keeps besides its settings and learning rate.
 *
 * @param optimizer which one, as in {@code "adam"}
 * @param slots of every parameter that it was given, in that order
 */
public record OptimizerState(String optimizer, Map<Parameter, Slot> slots) {
    /** Copies the map. */
    public OptimizerState {
        slots = Collections.unmodifiableMap(new LinkedHashMap<>(slots));
    }

    /**
     * What is kept for one parameter.
     *
     * @param steps made so far
     * @param tensorCount how many tensors of the parameter's shape and type its state takes
     * @param tensors the optimizer's own, not copies; none before the first step
     */
    public record Slot(long steps, int tensorCount, List<Tensor> tensors) {
        /** Copies the list. */
        public Slot {
            tensors = List.copyOf(tensors);
        }
    }
}
