package org.backpropaganda.autograd.tensor;

import com.sun.jna.Pointer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.function.DoubleSupplier;

/** Copies between the heap and native memory, converting element types. */
final class NativeBytes {
    private static final int CHUNK = 1 << 16;

    private NativeBytes() {}

    static ByteBuffer buffer(long address, int bytes) {
        return new Pointer(address).getByteBuffer(0, bytes).order(ByteOrder.nativeOrder());
    }

    static void write(Tensor tensor, double[] values) {
        checkCount(tensor, values.length);
        if (!tensor.hasValues()) {
            return;
        }
        switch (tensor.dtype()) {
            case DOUBLE -> new Pointer(tensor.storage().address()).write(0, values, 0, values.length);
            case FLOAT -> {
                float[] narrowed = new float[values.length];
                for (int i = 0; i < values.length; i++) {
                    narrowed[i] = (float) values[i];
                }
                new Pointer(tensor.storage().address()).write(0, narrowed, 0, narrowed.length);
            }
            case INT -> {
                int[] narrowed = new int[values.length];
                for (int i = 0; i < values.length; i++) {
                    narrowed[i] = (int) values[i];
                }
                write(tensor, narrowed);
            }
            default -> throw notNumeric(tensor);
        }
    }

    static void write(Tensor tensor, int[] values) {
        if (tensor.dtype() != DType.INT) {
            write(tensor, Arrays.stream(values).asDoubleStream().toArray());
            return;
        }
        checkCount(tensor, values.length);
        if (tensor.hasValues()) {
            new Pointer(tensor.storage().address()).write(0, values, 0, values.length);
        }
    }

    static void write(Tensor tensor, long from, float[] values, int offset, int count) {
        if (from < 0 || count < 0 || count > tensor.elements() - from) {
            throw new ShapeException("set: elements [" + from + ", " + (from + count) + ") of " + tensor.spec());
        }
        if (!tensor.hasValues()) {
            return;
        }
        switch (tensor.dtype()) {
            case FLOAT -> new Pointer(tensor.storage().address() + 4 * from).write(0, values, offset, count);
            case DOUBLE -> {
                double[] widened = new double[count];
                for (int i = 0; i < count; i++) {
                    widened[i] = values[offset + i];
                }
                new Pointer(tensor.storage().address() + 8 * from).write(0, widened, 0, count);
            }
            default -> throw notNumeric(tensor);
        }
    }

    static void fill(Tensor tensor, double value) {
        if (!tensor.hasValues()) {
            return;
        }
        long left = tensor.elements();
        int chunk = (int) Math.min(left, CHUNK);
        Pointer pointer = new Pointer(tensor.storage().address());
        long at = 0;
        switch (tensor.dtype()) {
            case FLOAT -> {
                float[] values = new float[chunk];
                Arrays.fill(values, (float) value);
                for (; left > 0; left -= chunk, at += 4L * chunk) {
                    pointer.write(at, values, 0, (int) Math.min(left, chunk));
                }
            }
            case DOUBLE -> {
                double[] values = new double[chunk];
                Arrays.fill(values, value);
                for (; left > 0; left -= chunk, at += 8L * chunk) {
                    pointer.write(at, values, 0, (int) Math.min(left, chunk));
                }
            }
            case INT -> {
                int[] values = new int[chunk];
                Arrays.fill(values, (int) value);
                for (; left > 0; left -= chunk, at += 4L * chunk) {
                    pointer.write(at, values, 0, (int) Math.min(left, chunk));
                }
            }
            default -> throw notNumeric(tensor);
        }
    }

    static void fill(Tensor tensor, DoubleSupplier values) {
        if (!tensor.hasValues()) {
            return;
        }
        boolean isFloat = tensor.dtype() == DType.FLOAT;
        if (!isFloat && tensor.dtype() != DType.DOUBLE) {
            throw notNumeric(tensor);
        }
        Pointer pointer = new Pointer(tensor.storage().address());
        int chunk = (int) Math.min(CHUNK, tensor.elements());
        float[] floats = new float[isFloat ? chunk : 0];
        double[] doubles = new double[isFloat ? 0 : chunk];
        for (long at = 0; at < tensor.elements(); at += CHUNK) {
            int count = (int) Math.min(CHUNK, tensor.elements() - at);
            for (int i = 0; i < count; i++) {
                if (isFloat) {
                    floats[i] = (float) values.getAsDouble();
                } else {
                    doubles[i] = values.getAsDouble();
                }
            }
            if (isFloat) {
                pointer.write(Float.BYTES * at, floats, 0, count);
            } else {
                pointer.write(Double.BYTES * at, doubles, 0, count);
            }
        }
    }

    static double[] toDoubles(Tensor tensor) {
        Pointer pointer = new Pointer(tensor.storage().address());
        int count = Math.toIntExact(tensor.elements());
        double[] out = new double[count];
        switch (tensor.dtype()) {
            case DOUBLE -> pointer.read(0, out, 0, count);
            case FLOAT -> {
                float[] values = new float[count];
                pointer.read(0, values, 0, count);
                for (int i = 0; i < count; i++) {
                    out[i] = values[i];
                }
            }
            case INT -> {
                int[] values = new int[count];
                pointer.read(0, values, 0, count);
                for (int i = 0; i < count; i++) {
                    out[i] = values[i];
                }
            }
            case BYTE -> {
                for (int i = 0; i < count; i++) {
                    out[i] = pointer.getByte(i) & 0xFF;
                }
            }
            case BIT -> {
                for (int i = 0; i < count; i++) {
                    out[i] = (pointer.getByte(i >> 3) >> (i & 7)) & 1;
                }
            }
        }
        return out;
    }

    private static void checkCount(Tensor tensor, long count) {
        if (count != tensor.elements()) {
            throw new ShapeException("set: " + count + " values for " + tensor.spec());
        }
    }

    private static ShapeException notNumeric(Tensor tensor) {
        return new ShapeException("set: a tensor of " + tensor.dtype() + " takes no such numbers");
    }
}
