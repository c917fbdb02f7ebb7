package org.backpropaganda.autograd.op;

import java.util.Arrays;
import java.util.OptionalInt;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.kernel.HostLoop;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.ShapeException;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;

/** Class labels as rows of zeros with a one. Labels have no gradient, so this is no op. */
public final class OneHot {
    private OneHot() {}

    /**
     * Encodes labels.
     *
     * @param labels [B] of INT in [0, classes). Not modified
     * @return [B, classes], owned by {@code scope}
     */
    public static Tensor encode(TensorScope scope, Tensor labels, int classes, DType dtype) {
        if (labels.dtype() != DType.INT || labels.shape().rank() != 1) {
            throw new ShapeException("onehot: labels " + labels.spec() + " must be INT[B]");
        }
        return encode(scope, labels, classes, dtype, OptionalInt.empty());
    }

    /**
     * Encodes labels of any shape, of which some are to be ignored: their rows are zeros.
     *
     * @param labels [*] of INT in [0, classes), or {@code ignored}. Not modified
     * @return [*, classes], owned by {@code scope}
     */
    public static Tensor encode(TensorScope scope, Tensor labels, int classes, DType dtype, int ignored) {
        if (labels.dtype() != DType.INT) {
            throw new ShapeException("onehot: labels " + labels.spec() + " must be INT");
        }
        return encode(scope, labels, classes, dtype, OptionalInt.of(ignored));
    }

    private static Tensor encode(TensorScope scope, Tensor labels, int classes, DType dtype, OptionalInt ignored) {
        int rows = Math.toIntExact(labels.elements());
        long[] sizes = Arrays.copyOf(labels.shape().toArray(), labels.shape().rank() + 1);
        sizes[sizes.length - 1] = classes;
        Tensor y = scope.allocate(Shape.of(sizes), dtype).zero();
        if (!y.hasValues()) {
            return y;
        }
        scope.engine().enter();
        try {
            HostLoop.Row numbers = HostLoop.row(scope.engine().requireOwn("onehot", labels), 0, rows);
            for (int b = 0; b < rows; b++) {
                int label = (int) numbers.get(b);
                if (ignored.isEmpty() || label != ignored.getAsInt()) {
                    Checks.label("onehot", label, b, classes);
                    HostLoop.row(y, b, classes).set(label, 1);
                }
            }
        } finally {
            scope.engine().leave();
        }
        return y;
    }

    /** Encodes labels as a constant, which stays until it is released. */
    static Variable constant(Variable labels, int classes, DType dtype) {
        Tensor rows = encode(labels.tape().scope(), labels.value(), classes, dtype);
        Variable constant = labels.tape().constant(rows);
        rows.close();
        return constant;
    }
}
