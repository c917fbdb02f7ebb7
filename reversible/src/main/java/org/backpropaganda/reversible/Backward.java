package org.backpropaganda.reversible;

import java.util.ArrayList;
import java.util.List;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/** Outputs of a tape that a gradient came for. */
final class Backward {
    private final List<Variable> outputs = new ArrayList<>();
    private final List<Tensor> slopes = new ArrayList<>();

    /** Takes an output up, where there is anything to differentiate. */
    void from(@Nullable Variable output, @Nullable Tensor slope) {
        if (output != null && slope != null && output.requiresGradient()) {
            outputs.add(output);
            slopes.add(slope);
        }
    }

    void run(Tape tape) {
        if (!outputs.isEmpty()) {
            tape.backward(outputs, slopes);
        }
    }
}
