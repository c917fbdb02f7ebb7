package org.backpropaganda.autograd.kernel;

import org.backpropaganda.autograd.Internal;
import org.backpropaganda.autograd.tensor.Tensor;

/** Functions of two elements, with broadcasting as in NumPy. */
@Internal
public interface BinaryKernel {

    /** The function. */
    enum Function {
        ADD,
        SUBTRACT,
        MULTIPLY,
        DIVIDE,
        MAXIMUM,
        MINIMUM
    }

    /**
     * {@code out = f(a, b)}; out has the shape that a and b broadcast to, and may be a itself if a has that shape, or b
     * itself if a and b both have it.
     */
    void apply(Function function, Tensor a, Tensor b, Tensor out);
}
