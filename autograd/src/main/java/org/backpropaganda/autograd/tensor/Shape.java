package org.backpropaganda.autograd.tensor;

import java.util.Arrays;

/** The sizes of a dense row-major array, outermost first. Immutable. */
public final class Shape {
    private static final Shape SCALAR = new Shape(new long[0]);

    private final long[] dims;
    private final long elements;

    private Shape(long[] dims) {
        this.dims = dims;
        long product = 1;
        for (long dim : dims) {
            if (dim < 1) {
                throw new ShapeException("shape " + Arrays.toString(dims) + " has a size below 1");
            }
            try {
                product = Math.multiplyExact(product, dim);
            } catch (ArithmeticException e) {
                throw new ShapeException("shape " + Arrays.toString(dims) + " has more than 2^63-1 elements");
            }
        }
        this.elements = product;
    }

    /**
     * A shape of the given sizes; none makes a scalar.
     *
     * @throws ShapeException if a size is below 1 or the product does not fit a long
     */
    public static Shape of(long... dims) {
        return dims.length == 0 ? SCALAR : new Shape(dims.clone());
    }

    /** The shape {@code []} of one element. */
    public static Shape scalar() {
        return SCALAR;
    }

    /** The number of axes. */
    public int rank() {
        return dims.length;
    }

    /** Size along {@code axis}; a negative axis counts from the end. */
    public long dim(int axis) {
        return dims[axis(axis)];
    }

    /**
     * The axis as a non-negative number.
     *
     * @throws ShapeException if there is no such axis
     */
    public int axis(int axis) {
        int resolved = axis < 0 ? axis + dims.length : axis;
        if (resolved < 0 || resolved >= dims.length) {
            throw new ShapeException(
                    "axis " + axis + " is not one of " + this + ", which has " + dims.length + " axes");
        }
        return resolved;
    }

    /** The number of elements. */
    public long elements() {
        return elements;
    }

    /** A copy of the sizes. */
    public long[] toArray() {
        return dims.clone();
    }

    /** This shape with one size replaced. */
    public Shape with(int axis, long size) {
        long[] copy = dims.clone();
        copy[axis(axis)] = size;
        return new Shape(copy);
    }

    /** This shape with ones put in front up to {@code rank} axes. */
    public Shape padded(int rank) {
        long[] padded = new long[rank];
        Arrays.fill(padded, 1);
        System.arraycopy(dims, 0, padded, rank - dims.length, dims.length);
        return new Shape(padded);
    }

    /** Strides of the dense row-major layout, in elements. */
    public long[] strides() {
        long[] strides = new long[dims.length];
        long stride = 1;
        for (int i = dims.length - 1; i >= 0; i--) {
            strides[i] = stride;
            stride *= dims[i];
        }
        return strides;
    }

    /**
     * The shape that both broadcast to: axes aligned from the last, sizes equal or one.
     *
     * @throws ShapeException if they do not broadcast
     */
    public static Shape broadcast(Shape a, Shape b) {
        if (a.equals(b)) {
            return a;
        }
        int rank = Math.max(a.rank(), b.rank());
        Shape left = a.padded(rank);
        Shape right = b.padded(rank);
        long[] out = new long[rank];
        for (int i = 0; i < rank; i++) {
            if (left.dims[i] != right.dims[i] && left.dims[i] != 1 && right.dims[i] != 1) {
                throw new ShapeException("shapes " + a + " and " + b + " do not broadcast: aligned from the last axis, "
                        + left.dims[i] + " and " + right.dims[i] + " are neither equal nor 1");
            }
            out[i] = Math.max(left.dims[i], right.dims[i]);
        }
        return new Shape(out);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Shape shape && Arrays.equals(dims, shape.dims);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(dims);
    }

    @Override
    public String toString() {
        return Arrays.toString(dims);
    }
}
