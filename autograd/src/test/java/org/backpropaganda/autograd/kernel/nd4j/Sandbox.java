package org.backpropaganda.autograd.kernel.nd4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import java.util.Arrays;
import java.util.Random;
import org.backpropaganda.autograd.kernel.Kernels;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.autograd.tensor.MemoryKind;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.nd4j.linalg.factory.Nd4j;

/** An engine with random tensors, and the laws that hold for every kernel. */
final class Sandbox implements AutoCloseable {
    final Kernels kernels = Nd4jKernels.create();
    final Engine engine = Engine.builder().threads(2).build();
    private final TensorScope scope = engine.scope("test");
    private final Random random = new Random(7);

    /** Values between -2 and 2. */
    Tensor random(long... dims) {
        Tensor tensor = empty(Shape.of(dims));
        return tensor.set(random.doubles(tensor.elements(), -2, 2).toArray());
    }

    /** NaN everywhere: whoever reads it is found out. */
    Tensor empty(Shape shape) {
        return scope.allocate(shape, DType.DOUBLE).fill(Double.NaN);
    }

    Tensor empty(long... dims) {
        return empty(Shape.of(dims));
    }

    Tensor bytes(Shape shape) {
        return scope.allocate(shape, DType.BYTE);
    }

    Tensor copyOf(Tensor tensor) {
        return empty(tensor.shape()).copyFrom(tensor);
    }

    /** Runs a kernel; ND4J's count of live bytes and the ledger's must be back where they were at once. */
    void call(Runnable kernel) {
        long nd4jBytes = Nd4j.getEnvironment().getDeviceCouner(0);
        long ledgerBytes = engine.ledger().liveBytes();
        kernel.run();
        assertThat(Nd4j.getEnvironment().getDeviceCouner(0)).isEqualTo(nd4jBytes);
        assertThat(engine.ledger().liveBytes()).isEqualTo(ledgerBytes);
        assertThat(engine.ledger().liveBytes(MemoryKind.SCRATCH)).isZero();
    }

    static void assertClose(Tensor actual, double[] expected) {
        double scale = 1 + Arrays.stream(expected).map(Math::abs).max().orElse(0);
        double[] values = actual.toDoubles();
        assertThat(values).hasSameSizeAs(expected);
        for (int i = 0; i < values.length; i++) {
            if (!(Math.abs(values[i] - expected[i]) <= 1e-12 * scale)) {
                fail("%s: element %d is %s, expected %s", actual.spec(), i, values[i], expected[i]);
            }
        }
    }

    /** Calls {@code body} with every index below the shape, row-major. */
    static void forEach(Shape shape, IndexBody body) {
        long[] index = new long[shape.rank()];
        for (int flat = 0; flat < shape.elements(); flat++) {
            body.accept(index, flat);
            for (int axis = shape.rank() - 1; axis >= 0 && ++index[axis] == shape.dim(axis); axis--) {
                index[axis] = 0;
            }
        }
    }

    interface IndexBody {
        void accept(long[] index, int flat);
    }

    /** Row-major position of an index, broadcast: axes aligned from the last, size 1 repeated. */
    static int broadcastAt(Shape shape, long[] index) {
        long at = 0;
        for (int axis = 0; axis < shape.rank(); axis++) {
            long size = shape.dim(axis);
            long position = index[axis + index.length - shape.rank()];
            at = at * size + (size == 1 ? 0 : position);
        }
        return Math.toIntExact(at);
    }

    @Override
    public void close() {
        engine.close();
    }
}
