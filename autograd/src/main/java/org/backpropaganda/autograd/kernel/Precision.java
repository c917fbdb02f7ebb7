package org.backpropaganda.autograd.kernel;

import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.ShapeException;
import org.backpropaganda.autograd.tensor.Tensor;

/** In which of Java's two precisions a loop reads and writes elements. */
final class Precision {
    private Precision() {}

    /**
     * Whether the elements are Java's {@code float} rather than its {@code double}.
     *
     * @param loop asks, to be named
     * @throws ShapeException if they are neither
     */
    static boolean isSingle(String loop, Tensor tensor) {
        return isSingle(loop, tensor.dtype());
    }

    static boolean isSingle(String loop, DType dtype) {
        return switch (dtype) {
            case FLOAT -> true;
            case DOUBLE -> false;
            case INT, BYTE, BIT -> throw new ShapeException(loop + ": takes FLOAT or DOUBLE elements, not " + dtype);
        };
    }
}
