package org.backpropaganda.reversible;

import java.util.List;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.tensor.Tensor;

/**
 * A combine whose forward loses bits of the stream, which a {@link ReversibleSequence} keeps beside its last streams: its
 * saved bytes grow with each such update by {@link #bitsPerElement}.
 */
public interface KeepingCombine extends Combine {

    /** How many bits of an element forward loses. */
    int bitsPerElement();

    /**
     * The bits that forward will lose of a stream.
     *
     * @param target the stream in front of the update
     * @param values results of the function
     * @return of type {@code BIT} or {@code BYTE}, in the scope of the running call
     * @throws IllegalStateException if more is lost than can be kept, as in evaluation; the message names the combine
     */
    Tensor lost(Variable target, List<Variable> values);

    /** The stream as it was before, to the bit, as a constant. */
    Variable inverse(Variable result, List<Variable> values, Tensor lost);

    @Override
    default boolean isExact() {
        return true;
    }

    @Override
    default Variable inverse(Variable result, List<Variable> values) {
        throw new IllegalStateException(
                getClass().getSimpleName() + ": has no inverse without the bits that its forward lost");
    }
}
