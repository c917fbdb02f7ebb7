package org.backpropaganda.autograd.kernel;

import org.backpropaganda.autograd.Internal;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;

/**
 * Equally large matrices inside a tensor, counted by two indices, as the heads of the images of a batch. Element (row r,
 * column c) of matrix (o, i) lies at {@code offset + o·outerStride + i·innerStride + r·rowStride + c·columnStride}, all in
 * elements; one of the last two strides is 1.
 */
@Internal
public record MatrixStack(
        Tensor tensor,
        long offset,
        long outer,
        long outerStride,
        long inner,
        long innerStride,
        long rows,
        long rowStride,
        long columns,
        long columnStride) {

    /** The last two axes of a dense tensor, over all axes before them. */
    public static MatrixStack of(Tensor tensor) {
        Shape shape = tensor.shape();
        long rows = shape.dim(-2);
        long columns = shape.dim(-1);
        long size = rows * columns;
        return new MatrixStack(tensor, 0, shape.elements() / size, size, 1, size, rows, columns, columns, 1);
    }

    /** [outer, inner, rows, columns], dense from the start of a tensor. */
    public static MatrixStack dense(Tensor tensor, long outer, long inner, long rows, long columns) {
        long size = rows * columns;
        return new MatrixStack(tensor, 0, outer, inner * size, inner, size, rows, columns, columns, 1);
    }

    /** One dense matrix that starts inside a tensor, {@code offset} elements from its start. */
    public static MatrixStack matrix(Tensor tensor, long offset, long rows, long columns) {
        return new MatrixStack(tensor, offset, 1, rows * columns, 1, rows * columns, rows, columns, columns, 1);
    }

    /** x [B, T, heads · D]: for each image and head a matrix [T, D]. */
    public static MatrixStack heads(Tensor x, int heads) {
        long length = x.shape().dim(1);
        long width = x.shape().dim(2);
        long depth = width / heads;
        return new MatrixStack(x, 0, x.shape().dim(0), length * width, heads, depth, length, width, depth, 1);
    }

    /** Some of the matrices: {@code count} of the outer index. */
    public MatrixStack outer(long from, long count) {
        return new MatrixStack(
                tensor,
                offset + from * outerStride,
                count,
                outerStride,
                inner,
                innerStride,
                rows,
                rowStride,
                columns,
                columnStride);
    }

    /** {@code count} rows of each matrix. */
    public MatrixStack rows(long from, long count) {
        return new MatrixStack(
                tensor,
                offset + from * rowStride,
                outer,
                outerStride,
                inner,
                innerStride,
                count,
                rowStride,
                columns,
                columnStride);
    }

    /** {@code count} columns of each matrix. */
    public MatrixStack columns(long from, long count) {
        return new MatrixStack(
                tensor,
                offset + from * columnStride,
                outer,
                outerStride,
                inner,
                innerStride,
                rows,
                rowStride,
                count,
                columnStride);
    }

    /** Each matrix transposed. Nothing moves. */
    public MatrixStack transposed() {
        return new MatrixStack(
                tensor, offset, outer, outerStride, inner, innerStride, columns, columnStride, rows, rowStride);
    }
}
