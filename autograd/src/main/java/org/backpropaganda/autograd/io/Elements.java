package org.backpropaganda.autograd.io;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.function.Predicate;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.autograd.tensor.Tensor;

/**
 * Moves elements between files and native memory, a piece at a time. Memory is little-endian, as on every platform that
 * the natives exist for.
 */
final class Elements {
    /** Bytes of a piece: a multiple of every element's. */
    static final int PIECE = 1 << 20;

    private Elements() {}

    /** Where bytes come from. */
    interface Source {
        /** Fills what remains of the buffer, or throws. */
        void fill(ByteBuffer target) throws IOException;
    }

    /** Where bytes go. */
    interface Sink {
        /** Takes what remains of the buffer. */
        void write(ByteBuffer bytes) throws IOException;
    }

    static StoredTensor find(TensorFile file, String name) throws TensorFileException {
        StoredTensor stored = file.tensors().get(name);
        if (stored == null) {
            throw new TensorFileException(file.path(), "has no tensor \"" + Printable.name(name) + "\"");
        }
        return stored;
    }

    static StoredTensor find(TensorFile file, String name, Tensor into) throws TensorFileException {
        StoredTensor stored = find(file, name);
        if (!stored.fits(into.spec(), true)) {
            throw new TensorFileException(file.path(), "tensor " + stored + " does not fit " + into.spec());
        }
        return stored;
    }

    static void write(Tensor tensor, Sink sink) throws IOException {
        Engine engine = tensor.engine();
        engine.enter();
        try {
            for (long at = 0; at < tensor.bytes(); at += PIECE) {
                sink.write(tensor.buffer(at, (int) Math.min(PIECE, tensor.bytes() - at)));
            }
        } finally {
            engine.leave();
        }
    }

    /** Whether no element is NaN or infinite. */
    static boolean areFinite(Tensor tensor) {
        return switch (tensor.dtype()) {
            case FLOAT -> areFinite(tensor, bytes -> Float.isFinite(bytes.getFloat()));
            case DOUBLE -> areFinite(tensor, bytes -> Double.isFinite(bytes.getDouble()));
            case INT, BYTE, BIT -> true;
        };
    }

    private static boolean areFinite(Tensor tensor, Predicate<ByteBuffer> next) {
        for (long at = 0; at < tensor.bytes(); at += PIECE) {
            ByteBuffer piece = tensor.buffer(at, (int) Math.min(PIECE, tensor.bytes() - at));
            while (piece.hasRemaining()) {
                if (!next.test(piece)) {
                    return false;
                }
            }
        }
        return true;
    }

    static void read(StoredType type, ByteOrder order, Source source, Tensor into) throws IOException {
        Engine engine = into.engine();
        engine.enter();
        try {
            fill(type, order, source, into);
        } finally {
            engine.leave();
        }
        into.written("load");
    }

    private static void fill(StoredType type, ByteOrder order, Source source, Tensor into) throws IOException {
        if (type.is(into.dtype()) && (order == ByteOrder.LITTLE_ENDIAN || type.bits() == 8)) {
            for (long at = 0; at < into.bytes(); at += PIECE) {
                source.fill(into.buffer(at, (int) Math.min(PIECE, into.bytes() - at)));
            }
        } else {
            convert(type, order, source, into);
        }
    }

    private static void convert(StoredType type, ByteOrder order, Source source, Tensor into) throws IOException {
        Step step = step(type, into.dtype());
        int from = type.bits() / 8;
        int to = into.dtype().bits() / 8;
        int most = (int) Math.min(PIECE / Math.max(from, to), into.elements());
        ByteBuffer piece = ByteBuffer.allocate(most * from).order(order);
        for (long at = 0; at < into.elements(); at += most) {
            int count = (int) Math.min(most, into.elements() - at);
            source.fill(piece.clear().limit(count * from));
            piece.flip();
            ByteBuffer target = into.buffer(at * to, count * to);
            for (int i = 0; i < count; i++) {
                step.move(piece, target);
            }
        }
    }

    /** Moves one element. */
    private interface Step {
        void move(ByteBuffer from, ByteBuffer to);
    }

    private static Step step(StoredType type, DType dtype) {
        return switch (dtype) {
            case INT -> (from, to) -> to.putInt(type == StoredType.U8 ? from.get() & 0xFF : from.getInt());
            // As an integer: a detour over float may change the bits of a NaN.
            case FLOAT -> (from, to) -> to.putInt(floatBits(type, from));
            case DOUBLE ->
                type == StoredType.F64
                        ? (from, to) -> to.putLong(from.getLong())
                        : (from, to) -> to.putDouble(Float.intBitsToFloat(floatBits(type, from)));
            case BYTE, BIT -> throw new IllegalArgumentException(type + " to " + dtype);
        };
    }

    private static int floatBits(StoredType type, ByteBuffer from) {
        return switch (type) {
            case F32 -> from.getInt();
            case BF16 -> from.getShort() << 16;
            case F16 -> widenHalf(from.getShort());
            default -> throw new IllegalArgumentException(type + " to FLOAT");
        };
    }

    private static int widenHalf(short half) {
        int sign = (half & 0x8000) << 16;
        int exponent = (half >> 10) & 0x1F;
        int fraction = half & 0x3FF;
        if (exponent == 0) {
            // Zero, or subnormal: the fraction counts units of 2^-24.
            return sign | Float.floatToRawIntBits(fraction * 0x1p-24f);
        }
        int wide = exponent == 0x1F ? 0xFF : exponent + 112;
        return sign | (wide << 23) | (fraction << 13);
    }
}
