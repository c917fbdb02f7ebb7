package org.backpropaganda.synthetic;

import org.backpropaganda.autograd.kernel.HostLoop;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.ShapeException;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;

/** Class labels as rows of zeros with a one. Labels have no gradient, so this is no op. */
final class OneHot {
    private OneHot() {}

    /**
     * Encodes labels.
     *
     * @param labels [B] of INT in [0, classes). Not modified
     * @return [B, classes], owned by {@code scope}
     */
    static Tensor encode(TensorScope scope, Tensor labels, int classes, DType dtype) {
        if (labels.dtype() != DType.INT || labels.shape().rank() != 1) {
            throw new ShapeException("onehot: labels " + labels.spec() + " must be INT[B]");
        }
        int rows = Math.toIntExact(labels.elements());
        Tensor y = scope.allocate(Shape.of(rows, classes), dtype).zero();
        if (!y.hasValues()) {
            return y;
        }
        HostLoop.Row numbers = HostLoop.row(labels, 0, rows);
        for (int b = 0; b < rows; b++) {
            int label = (int) numbers.get(b);
            if (label < 0 || label >= classes) {
                throw new ShapeException(
                        "onehot: label " + label + " at index " + b + " is not within [0, " + classes + ")");
            }
            HostLoop.row(y, b, classes).set(label, 1);
        }
        return y;
    }
}
