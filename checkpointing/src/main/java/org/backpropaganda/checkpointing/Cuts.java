package org.backpropaganda.checkpointing;

import org.backpropaganda.autograd.kernel.Kernels;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;

/**
 * An axis cut into pieces whose sizes differ by one at most, the smaller ones first.
 *
 * @param axis non-negative
 * @param size of the axis
 * @param pieces between 1 and the size
 */
record Cuts(int axis, long size, int pieces) {

    /** The first index of a piece; of the one behind the last, the size. */
    long from(int piece) {
        long rest = size % pieces;
        return piece * (size / pieces) + Math.max(0, piece - (pieces - rest));
    }

    /** The indices of a piece. */
    long length(int piece) {
        return from(piece + 1) - from(piece);
    }

    /** A copy of a piece of a tensor, owned by a scope. */
    Tensor cut(Tensor whole, int piece, TensorScope scope) {
        Shape shape = whole.shape().with(axis, length(piece));
        Tensor part = scope.allocate(shape, whole.dtype());
        long[] strides = whole.shape().strides();
        Kernels.of(whole)
                .copy()
                .copy(shape, whole, from(piece) * strides[axis], strides, part, 0, shape.strides(), false);
        return part;
    }

    /** Writes a piece into a tensor. */
    void place(Tensor part, int piece, Tensor whole) {
        long[] strides = whole.shape().strides();
        Kernels.of(whole)
                .copy()
                .copy(
                        part.shape(),
                        part,
                        0,
                        part.shape().strides(),
                        whole,
                        from(piece) * strides[axis],
                        strides,
                        false);
    }
}
