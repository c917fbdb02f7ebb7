package org.backpropaganda.autograd.io;

import org.backpropaganda.autograd.tensor.DType;
import org.jspecify.annotations.Nullable;

/**
 * Element types of files, by their names in safetensors and in the order that its writer sorts by. Tensors of a type that
 * no {@link DType} holds may stand in a file, but cannot be read.
 */
public enum StoredType {
    /** Truth values, a byte each. */
    BOOL(8),
    /** Four-bit floats. */
    F4(4),
    /** Six-bit floats. */
    F6_E2M3(6),
    /** Six-bit floats. */
    F6_E3M2(6),
    /** {@code BYTE}; widens to {@code INT}. */
    U8(8, DType.BYTE, DType.INT),
    /** Signed bytes. */
    I8(8),
    /** Eight-bit floats. */
    F8_E5M2(8),
    /** Eight-bit floats. */
    F8_E4M3(8),
    /** Powers of two. */
    F8_E8M0(8),
    /** Eight-bit floats. */
    F8_E4M3FNUZ(8),
    /** Eight-bit floats. */
    F8_E5M2FNUZ(8),
    /** Signed 16-bit integers. */
    I16(16),
    /** Unsigned 16-bit integers. */
    U16(16),
    /** IEEE 754 binary16; widens to {@code FLOAT} and {@code DOUBLE}. */
    F16(16, DType.FLOAT, DType.DOUBLE),
    /** The upper half of a binary32; widens to {@code FLOAT} and {@code DOUBLE}. */
    BF16(16, DType.FLOAT, DType.DOUBLE),
    /** {@code INT}. */
    I32(32, DType.INT),
    /** Unsigned 32-bit integers. */
    U32(32),
    /** {@code FLOAT}; widens to {@code DOUBLE}. */
    F32(32, DType.FLOAT, DType.DOUBLE),
    /** Pairs of binary32. */
    C64(64),
    /** {@code DOUBLE}. */
    F64(64, DType.DOUBLE),
    /** Signed 64-bit integers. */
    I64(64),
    /** Unsigned 64-bit integers. */
    U64(64);

    private final int bits;
    private final @Nullable DType narrowest;
    private final @Nullable DType wider;

    StoredType(int bits) {
        this(bits, null, null);
    }

    StoredType(int bits, DType narrowest) {
        this(bits, narrowest, null);
    }

    StoredType(int bits, @Nullable DType narrowest, @Nullable DType wider) {
        this.bits = bits;
        this.narrowest = narrowest;
        this.wider = wider;
    }

    /** Size of one element, in bits. */
    public int bits() {
        return bits;
    }

    /** The narrowest type of tensor that holds it exactly, if any does. */
    public @Nullable DType dtype() {
        return narrowest;
    }

    /** Whether a tensor of that type holds every value exactly. */
    public boolean isReadableAs(DType dtype) {
        return dtype == narrowest || dtype == wider;
    }

    /** Whether it is that very type, bit for bit. */
    public boolean is(DType dtype) {
        return narrowest == dtype && bits == dtype.bits();
    }

    /**
     * What a tensor's elements are stored as.
     *
     * @throws IllegalArgumentException for bits, which have no such type
     */
    public static StoredType of(DType dtype) {
        return switch (dtype) {
            case FLOAT -> F32;
            case DOUBLE -> F64;
            case INT -> I32;
            case BYTE -> U8;
            case BIT -> throw new IllegalArgumentException("no file format here stores tensors of BIT");
        };
    }
}
