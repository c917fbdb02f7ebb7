package org.backpropaganda.autograd.tensor;

import com.sun.jna.Pointer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.function.DoubleSupplier;

/** Copies between the heap and native memory, converting element types. */
final class NativeBytes {
    /** Elements at a time: a multiple of as many as make whole bytes, of any type. */
    private static final int CHUNK = 1 << 16;

    private NativeBytes() {}

    static ByteBuffer buffer(long address, int bytes) {
        return new Pointer(address).getByteBuffer(0, bytes).order(ByteOrder.nativeOrder());
    }

    static void write(Tensor tensor, double[] values) {
        checkCount(tensor, values.length);
        if (tensor.hasValues()) {
            elements(tensor).write(pointer(tensor), 0, values, values.length);
        }
    }

    static void write(Tensor tensor, int[] values) {
        checkCount(tensor, values.length);
        if (tensor.hasValues()) {
            elements(tensor).write(pointer(tensor), values);
        }
    }

    static void write(Tensor tensor, long from, float[] values, int offset, int count) {
        if (from < 0 || count < 0 || count > tensor.elements() - from) {
            throw new ShapeException("set: elements [" + from + ", " + (from + count) + ") of " + tensor.spec());
        }
        if (tensor.hasValues()) {
            elements(tensor).write(pointer(tensor), from, values, offset, count);
        }
    }

    static void fill(Tensor tensor, double value) {
        if (!tensor.hasValues()) {
            return;
        }
        Pointer pointer = pointer(tensor);
        double[] values = new double[(int) Math.min(CHUNK, tensor.elements())];
        Arrays.fill(values, value);
        elements(tensor).write(pointer, 0, values, values.length);
        byte[] first = pointer.getByteArray(0, (int) tensor.dtype().bytes(values.length));
        for (long at = first.length; at < tensor.bytes(); at += first.length) {
            pointer.write(at, first, 0, (int) Math.min(first.length, tensor.bytes() - at));
        }
    }

    static void fill(Tensor tensor, DoubleSupplier values) {
        if (!tensor.hasValues()) {
            return;
        }
        if (!tensor.dtype().isDifferentiable()) {
            throw elements(tensor).notNumeric();
        }
        double[] chunk = new double[(int) Math.min(CHUNK, tensor.elements())];
        for (long at = 0; at < tensor.elements(); at += chunk.length) {
            int count = (int) Math.min(chunk.length, tensor.elements() - at);
            for (int i = 0; i < count; i++) {
                chunk[i] = values.getAsDouble();
            }
            elements(tensor).write(pointer(tensor), at, chunk, count);
        }
    }

    static double[] toDoubles(Tensor tensor) {
        double[] out = new double[Math.toIntExact(tensor.elements())];
        elements(tensor).read(pointer(tensor), out);
        return out;
    }

    private static NativeElements elements(Tensor tensor) {
        return NativeElements.of(tensor.dtype());
    }

    private static Pointer pointer(Tensor tensor) {
        return new Pointer(tensor.storage().address());
    }

    private static void checkCount(Tensor tensor, long count) {
        if (count != tensor.elements()) {
            throw new ShapeException("set: " + count + " values for " + tensor.spec());
        }
    }
}
