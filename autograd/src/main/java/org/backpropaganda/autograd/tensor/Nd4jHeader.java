package org.backpropaganda.autograd.tensor;

import java.util.function.Function;
import org.bytedeco.javacpp.DoublePointer;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.IntPointer;
import org.bytedeco.javacpp.Pointer;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.buffer.DataBuffer;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** ND4J arrays over bytes of the pool. */
final class Nd4jHeader {
    private Nd4jHeader() {}

    /** ND4J, which when it is loaded tells the loading thread to use every processor. */
    private static final class Loaded {
        static {
            Nd4j.getBackend();
            NativeRuntime.forget();
        }

        private Loaded() {}

        static void ensure() {}
    }

    static <R> R lend(Tensor tensor, Function<INDArray, R> use) {
        Loaded.ensure();
        tensor.engine().useThreads();
        DataType type = type(tensor.dtype());
        Pointer pointer = pointer(tensor.dtype(), tensor.storage().address());
        Shape shape = tensor.shape();
        pointer.limit(shape.elements());
        DataBuffer buffer = Nd4j.createBuffer(pointer, shape.elements(), type);
        INDArray array = Nd4j.create(buffer, shape.toArray(), shape.strides(), 0, 'c', type);
        try {
            return use.apply(array);
        } finally {
            array.close();
        }
    }

    private static DataType type(DType dtype) {
        return switch (dtype) {
            case FLOAT -> DataType.FLOAT;
            case DOUBLE -> DataType.DOUBLE;
            case INT -> DataType.INT32;
            case BYTE, BIT -> throw none(dtype);
        };
    }

    private static Pointer pointer(DType dtype, long address) {
        return switch (dtype) {
            case FLOAT -> new Floats(address);
            case DOUBLE -> new Doubles(address);
            case INT -> new Ints(address);
            case BYTE, BIT -> throw none(dtype);
        };
    }

    private static ShapeException none(DType dtype) {
        return new ShapeException("ND4J has no packed " + dtype + " arrays");
    }

    private static final class Floats extends FloatPointer {
        Floats(long value) {
            super((@Nullable Pointer) null);
            address = value;
        }
    }

    private static final class Doubles extends DoublePointer {
        Doubles(long value) {
            super((@Nullable Pointer) null);
            address = value;
        }
    }

    private static final class Ints extends IntPointer {
        Ints(long value) {
            super((@Nullable Pointer) null);
            address = value;
        }
    }
}
