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

    static <R> R lend(Tensor tensor, Function<INDArray, R> use) {
        DataType type;
        Pointer pointer;
        switch (tensor.dtype()) {
            case FLOAT -> {
                type = DataType.FLOAT;
                pointer = new Floats(tensor.storage().address());
            }
            case DOUBLE -> {
                type = DataType.DOUBLE;
                pointer = new Doubles(tensor.storage().address());
            }
            case INT -> {
                type = DataType.INT32;
                pointer = new Ints(tensor.storage().address());
            }
            default -> throw new ShapeException("ND4J has no packed " + tensor.dtype() + " arrays");
        }
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
