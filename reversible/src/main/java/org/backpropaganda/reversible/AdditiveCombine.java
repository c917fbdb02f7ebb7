package org.backpropaganda.reversible;

import org.backpropaganda.autograd.tensor.Tensor;

/**
 * A combine that adds its one value to the stream, rounded or not. The gradient of the sum is that of the stream, and that of the
 * value, as it is: a way back takes the value away in the stream's own bytes, and computes nothing else.
 */
public interface AdditiveCombine extends Combine {

    /**
     * The stream as it was before.
     *
     * @param result of forward. Not modified, unless it is {@code stream}
     * @param value that was added. Not modified
     * @param stream of the same shape and type. Modified
     */
    void takeAway(Tensor result, Tensor value, Tensor stream);
}
