package org.backpropaganda.reversible;

import java.util.List;
import java.util.Optional;
import org.backpropaganda.autograd.tensor.TensorSpec;

/** What combines ask of the values of a function. */
final class Values {
    private Values() {}

    /** One value, of the stream's shape and element type: a stream that another one changed could not be had back. */
    static Optional<String> refusalOfOthersThan(TensorSpec target, List<TensorSpec> values) {
        if (values.size() != 1) {
            return Optional.of("gave " + values.size() + " results; let it return one");
        }
        return values.get(0).equals(target)
                ? Optional.empty()
                : Optional.of("gave " + values.get(0) + " for a stream of " + target
                        + "; let it return the stream's shape and element type, as by Expand.expand at its end");
    }
}
