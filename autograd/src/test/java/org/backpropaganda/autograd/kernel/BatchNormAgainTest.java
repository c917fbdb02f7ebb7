package org.backpropaganda.autograd.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.autograd.tensor.MemoryKind;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** A normalisation with the statistics that its first run told gives the first run's bits. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class BatchNormAgainTest {
    private static final double EPSILON = 1e-5;

    private final Engine engine = Engine.builder().threads(2).build();

    @AfterAll
    void close() {
        engine.close();
    }

    /** What vectors fill, what they do not, what is folded, and the sizes of residual networks. */
    static Stream<Arguments> shapes() {
        List<Arguments> all = new ArrayList<>();
        for (long[] shape : new long[][] {
            {2, 1},
            {7, 3},
            {33, 8},
            {5, 12},
            {64, 16},
            {257, 20},
            {31, 64},
            {512, 1024},
            {12_000, 3},
            {8192, 5},
            {131_072, 16}
        }) {
            for (DType dtype : List.of(DType.FLOAT, DType.DOUBLE)) {
                for (boolean rectified : List.of(false, true)) {
                    for (double spoilt : new double[] {0, Double.NaN, Double.POSITIVE_INFINITY}) {
                        all.add(Arguments.of(Shape.of(shape), dtype, rectified, spoilt));
                    }
                }
            }
        }
        return all.stream();
    }

    @ParameterizedTest
    @MethodSource("shapes")
    void givesTheSameBits(Shape shape, DType dtype, boolean rectified, double spoilt) {
        try (TensorScope scope = engine.scope("")) {
            SplittableRandom random = new SplittableRandom(shape.elements());
            Tensor x = scope.allocate(shape, dtype, MemoryKind.INPUT);
            double[] values = random.doubles(shape.elements(), -2, 3).toArray();
            if (spoilt != 0) {
                values[values.length / 2] = spoilt;
            }
            x.set(values);
            Shape channels = Shape.of(shape.dim(-1));
            Tensor gamma = scope.allocate(channels, dtype)
                    .set(random.doubles(channels.elements(), -1, 1).toArray());
            Tensor beta = scope.allocate(channels, dtype)
                    .set(random.doubles(channels.elements(), -1, 1).toArray());
            assertSame(x, gamma, beta, rectified);
            gamma.set(random.doubles(channels.elements(), -1, 1)
                    .map(v -> v < 0 ? Double.NaN : v)
                    .toArray());
            assertSame(x, gamma, beta, rectified);
        }
    }

    private void assertSame(Tensor x, Tensor gamma, Tensor beta, boolean rectified) {
        BatchNormKernel kernel = Kernels.of(x).batchNorm();
        try (TensorScope scope = engine.scope("")) {
            Tensor mean = scope.allocate(gamma.shape(), x.dtype());
            Tensor variance = scope.allocate(gamma.shape(), x.dtype());
            Tensor first = scope.allocate(x.shape(), x.dtype());
            Tensor again = scope.allocate(x.shape(), x.dtype());
            engine.enter();
            try {
                if (rectified) {
                    Tensor positive = scope.allocate(x.shape(), DType.BIT);
                    kernel.forwardTrainingRelu(x, gamma, beta, EPSILON, first, mean, variance, positive);
                    kernel.forwardAgainRelu(x, gamma, beta, EPSILON, again, mean, variance);
                } else {
                    kernel.forwardTraining(x, gamma, beta, EPSILON, first, mean, variance);
                    kernel.forwardAgain(x, gamma, beta, EPSILON, again, mean, variance);
                }
            } finally {
                engine.leave();
            }
            assertThat(again.toDoubles()).isEqualTo(first.toDoubles());
        }
    }
}
