package org.backpropaganda.autograd.io;

import java.util.Arrays;
import java.util.List;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.TensorSpec;

/**
 * A tensor in a file.
 *
 * @param name as the file has it
 * @param type of its elements
 * @param sizes outermost first; a file, unlike a {@link Shape}, may hold a size of 0
 */
public record StoredTensor(String name, StoredType type, List<Long> sizes) {
    /** The most dimensions, which is NumPy's bound. */
    static final int MOST_SIZES = 64;

    /** Copies the sizes. */
    public StoredTensor {
        sizes = List.copyOf(sizes);
    }

    /** Whether it has exactly this shape, and this type or, if {@code widening}, one that the type holds exactly. */
    public boolean fits(TensorSpec spec, boolean widening) {
        return sizes.equals(sizesOf(spec.shape()))
                && (widening ? type.isReadableAs(spec.dtype()) : type.is(spec.dtype()));
    }

    static List<Long> sizesOf(Shape shape) {
        return Arrays.stream(shape.toArray()).boxed().toList();
    }

    /**
     * Payload bytes in the file.
     *
     * @throws ArithmeticException if they do not fit a long, or are not whole
     */
    static long bytes(StoredType type, List<Long> sizes) {
        long bits = type.bits();
        for (long size : sizes) {
            bits = Math.multiplyExact(bits, size);
        }
        if (bits % 8 != 0) {
            throw new ArithmeticException(bits + " bits are not whole bytes");
        }
        return bits / 8;
    }

    long bytes() {
        return bytes(type, sizes);
    }

    @Override
    public String toString() {
        return "\"" + Printable.name(name) + "\" " + type + sizes;
    }
}
