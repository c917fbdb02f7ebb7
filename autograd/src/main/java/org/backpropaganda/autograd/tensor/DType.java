package org.backpropaganda.autograd.tensor;

/**
 * Element types. Sizes are in bits, because masks are packed and narrower floats may come.
 *
 * <p>The set is open to growth. Where types differ, code switches over all of them without a default, so that the compiler
 * names every place that a new constant has to decide; it never tells a type by its not being another.
 */
public enum DType {
    /** IEEE 754 binary32. */
    FLOAT(32, true),
    /** IEEE 754 binary64. */
    DOUBLE(64, true),
    /** Signed 32-bit integer: class labels. */
    INT(32, false),
    /** Unsigned 8-bit integer: positions inside a pooling window. */
    BYTE(8, false),
    /** One bit, packed: signs and masks. */
    BIT(1, false);

    private final int bits;
    private final boolean differentiable;

    DType(int bits, boolean differentiable) {
        this.bits = bits;
        this.differentiable = differentiable;
    }

    /** Size of one element, in bits. */
    public int bits() {
        return bits;
    }

    /** Whether gradients of this type exist. */
    public boolean isDifferentiable() {
        return differentiable;
    }

    /**
     * The value of this type that is nearest to a number, as a tensor would hold it.
     *
     * @throws IllegalStateException for a type that is not {@linkplain #isDifferentiable() differentiable}
     */
    public double nearest(double value) {
        return switch (this) {
            case FLOAT -> (float) value;
            case DOUBLE -> value;
            case INT, BYTE, BIT ->
                throw new IllegalStateException("nearest: " + this + " is no type of floating-point numbers");
        };
    }

    /** Bytes that {@code elements} packed elements take, rounded up to whole bytes. */
    public long bytes(long elements) {
        long whole = elements / 8;
        long rest = elements % 8;
        try {
            return Math.addExact(Math.multiplyExact(whole, (long) bits), (rest * bits + 7) / 8);
        } catch (ArithmeticException e) {
            throw new ShapeException(elements + " elements of " + this + " take more than 2^63-1 bytes");
        }
    }
}
