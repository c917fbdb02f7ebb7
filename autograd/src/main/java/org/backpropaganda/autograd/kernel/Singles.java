package org.backpropaganda.autograd.kernel;

import java.nio.ByteBuffer;
import java.nio.DoubleBuffer;
import java.nio.FloatBuffer;
import org.backpropaganda.autograd.tensor.Tensor;

/** A run of a tensor's elements as floats: those of {@code DOUBLE} are rounded on the way out and widened on the way in. */
interface Singles {

    /** Copies elements from {@code at} on. */
    void get(int at, float[] into, int count);

    /** Sets elements from {@code at} on. */
    void put(int at, float[] from, int count);

    /**
     * The elements from {@code from} on.
     *
     * @param loop asks, to be named
     */
    static Singles of(String loop, Tensor tensor, long from, int count) {
        boolean isFloat = Precision.isSingle(loop, tensor);
        int width = isFloat ? Float.BYTES : Double.BYTES;
        ByteBuffer bytes = tensor.buffer(from * width, count * width);
        return isFloat ? new OfFloats(bytes.asFloatBuffer()) : new OfDoubles(bytes.asDoubleBuffer());
    }

    /** Floats. */
    record OfFloats(FloatBuffer elements) implements Singles {
        @Override
        public void get(int at, float[] into, int count) {
            elements.get(at, into, 0, count);
        }

        @Override
        public void put(int at, float[] from, int count) {
            elements.put(at, from, 0, count);
        }
    }

    /** Doubles. */
    record OfDoubles(DoubleBuffer elements) implements Singles {
        @Override
        public void get(int at, float[] into, int count) {
            for (int i = 0; i < count; i++) {
                into[i] = (float) elements.get(at + i);
            }
        }

        @Override
        public void put(int at, float[] from, int count) {
            for (int i = 0; i < count; i++) {
                elements.put(at + i, from[i]);
            }
        }
    }
}
