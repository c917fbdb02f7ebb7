package org.backpropaganda.autograd.graph;

import java.util.Collections;
import java.util.List;
import org.backpropaganda.autograd.tensor.TensorSpec;

/**
 * What an op knows of its inputs before it runs.
 *
 * @param specs shapes and element types
 * @param needs which of them need a gradient
 */
public record Operands(List<TensorSpec> specs, List<Boolean> needs) {

    /** Of inputs none of which needs a gradient. */
    static Operands constant(List<TensorSpec> specs) {
        return new Operands(specs, Collections.nCopies(specs.size(), false));
    }

    /** Shape and element type of an input. */
    public TensorSpec spec(int input) {
        return specs.get(input);
    }

    /** Whether an input needs a gradient. */
    public boolean needs(int input) {
        return needs.get(input);
    }
}
