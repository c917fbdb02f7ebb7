package org.backpropaganda.autograd.op;

import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.kernel.HostLoop;
import org.backpropaganda.autograd.tensor.MemoryKind;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorSpec;

/** Labels as rows of zeros with a one. */
final class OneHot {
    private OneHot() {}

    /**
     * A constant, which stays until it is released.
     *
     * @param labels [B] of INT
     * @param spec [B, classes]
     */
    static Variable of(Variable labels, TensorSpec spec) {
        int rows = Math.toIntExact(spec.shape().dim(0));
        int classes = Math.toIntExact(spec.shape().dim(1));
        Tensor ones = labels.tape().scope().zeros(spec.shape(), spec.dtype(), MemoryKind.TEMPORARY);
        if (ones.hasValues()) {
            HostLoop.Row numbers = HostLoop.row(labels.value(), 0, rows);
            for (int b = 0; b < rows; b++) {
                HostLoop.row(ones, b, classes).set((int) numbers.get(b), 1);
            }
        }
        Variable constant = labels.tape().constant(ones);
        ones.close();
        return constant;
    }
}
