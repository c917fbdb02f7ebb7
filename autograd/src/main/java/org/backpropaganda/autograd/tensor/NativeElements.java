package org.backpropaganda.autograd.tensor;

import com.sun.jna.Pointer;
import java.util.Arrays;

/** Elements of one type in native memory, to and from Java's arrays. The constants have the names of their types. */
enum NativeElements {
    /** binary32. */
    FLOAT {
        @Override
        void write(Pointer to, long at, double[] values, int count) {
            float[] narrowed = new float[count];
            for (int i = 0; i < count; i++) {
                narrowed[i] = (float) values[i];
            }
            to.write(Float.BYTES * at, narrowed, 0, count);
        }

        @Override
        void write(Pointer to, long at, float[] values, int offset, int count) {
            to.write(Float.BYTES * at, values, offset, count);
        }

        @Override
        void read(Pointer from, double[] into) {
            float[] values = from.getFloatArray(0, into.length);
            for (int i = 0; i < into.length; i++) {
                into[i] = values[i];
            }
        }
    },
    /** binary64. */
    DOUBLE {
        @Override
        void write(Pointer to, long at, double[] values, int count) {
            to.write(Double.BYTES * at, values, 0, count);
        }

        @Override
        void write(Pointer to, long at, float[] values, int offset, int count) {
            double[] widened = new double[count];
            for (int i = 0; i < count; i++) {
                widened[i] = values[offset + i];
            }
            write(to, at, widened, count);
        }

        @Override
        void read(Pointer from, double[] into) {
            from.read(0, into, 0, into.length);
        }
    },
    /** Signed 32-bit integers. */
    INT {
        @Override
        void write(Pointer to, long at, double[] values, int count) {
            int[] narrowed = new int[count];
            for (int i = 0; i < count; i++) {
                narrowed[i] = (int) values[i];
            }
            to.write(Integer.BYTES * at, narrowed, 0, count);
        }

        @Override
        void write(Pointer to, int[] values) {
            to.write(0, values, 0, values.length);
        }

        @Override
        void read(Pointer from, double[] into) {
            int[] values = from.getIntArray(0, into.length);
            for (int i = 0; i < into.length; i++) {
                into[i] = values[i];
            }
        }
    },
    /** Unsigned bytes, which kernels alone write. */
    BYTE {
        @Override
        void read(Pointer from, double[] into) {
            for (int i = 0; i < into.length; i++) {
                into[i] = from.getByte(i) & 0xFF;
            }
        }
    },
    /** Packed bits, which kernels alone write. */
    BIT {
        @Override
        void read(Pointer from, double[] into) {
            for (int i = 0; i < into.length; i++) {
                into[i] = (from.getByte(i >> 3) >> (i & 7)) & 1;
            }
        }
    };

    static NativeElements of(DType dtype) {
        return switch (dtype) {
            case FLOAT -> FLOAT;
            case DOUBLE -> DOUBLE;
            case INT -> INT;
            case BYTE -> BYTE;
            case BIT -> BIT;
        };
    }

    /** Converts and writes the first {@code count} values, from element {@code at} on. */
    void write(Pointer to, long at, double[] values, int count) {
        throw notNumeric();
    }

    /** Converts and writes {@code count} values, from element {@code at} on. */
    void write(Pointer to, long at, float[] values, int offset, int count) {
        throw notNumeric();
    }

    /** Converts and writes all values, from the first element on. */
    void write(Pointer to, int[] values) {
        write(to, 0, Arrays.stream(values).asDoubleStream().toArray(), values.length);
    }

    /** Reads and widens as many elements as there is room for. */
    abstract void read(Pointer from, double[] into);

    final ShapeException notNumeric() {
        return new ShapeException("set: a tensor of " + this + " takes no such numbers");
    }
}
