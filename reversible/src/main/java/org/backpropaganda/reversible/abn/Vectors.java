package org.backpropaganda.reversible.abn;

import java.util.Arrays;
import java.util.function.IntToDoubleFunction;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;

/** Short vectors, of one number a channel, between tensors and the heap. In runs on shapes they are zeros. */
final class Vectors {
    private Vectors() {}

    static double[] values(Tensor vector) {
        return vector.hasValues() ? vector.toDoubles() : new double[Math.toIntExact(vector.elements())];
    }

    /** A tensor of the same shape and type with other values. */
    static Tensor like(Tensor like, TensorScope scope, IntToDoubleFunction value) {
        Tensor vector = scope.allocate(like.shape(), like.dtype());
        set(vector, value);
        return vector;
    }

    static void set(Tensor vector, IntToDoubleFunction value) {
        if (vector.hasValues()) {
            double[] values = new double[Math.toIntExact(vector.elements())];
            Arrays.setAll(values, value);
            vector.set(values);
        }
    }
}
