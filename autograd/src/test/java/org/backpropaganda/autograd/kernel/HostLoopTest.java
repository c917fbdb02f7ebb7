package org.backpropaganda.autograd.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.util.Arrays;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.ShapeException;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HostLoopTest {

    @ParameterizedTest
    @CsvSource({"FLOAT", "DOUBLE"})
    void fillsRowsBehindAColumn(DType dtype) {
        try (Engine engine = Engine.builder().build();
                TensorScope scope = engine.scope("")) {
            Tensor rows = scope.allocate(Shape.of(2, 2, 3), dtype).fill(1);
            HostLoop.fillBehind(rows, 3, row -> row + 1, 5.0);
            assertThat(rows.toDoubles()).containsExactly(1.0, 5.0, 5.0, 1.0, 1.0, 5.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0);
        }
    }

    /** Each element learns its own number; only the first two tensors are written. */
    @ParameterizedTest
    @CsvSource({"FLOAT, 1, 1", "FLOAT, 2049, 2", "FLOAT, 131077, 3", "DOUBLE, 2048, 1", "DOUBLE, 131077, 2"})
    void visitsEveryElementOnce(DType dtype, int count, int threads) {
        try (Engine engine = Engine.builder().threads(threads).build();
                TensorScope scope = engine.scope("")) {
            Tensor sum = scope.allocate(Shape.of(count), dtype).fill(1);
            Tensor number = scope.allocate(Shape.of(count), dtype).fill(-1);
            Tensor read = scope.allocate(Shape.of(count, 1), dtype).fill(2);
            AtomicLong visited = new AtomicLong();
            HostLoop.run(
                    2,
                    (a, from, n) -> {
                        visited.addAndGet(n);
                        for (int i = 0; i < n; i++) {
                            a[0][i] += a[2][i];
                            a[1][i] = from + i;
                            a[2][i] = -7;
                        }
                    },
                    (a, from, n) -> {
                        visited.addAndGet(n);
                        for (int i = 0; i < n; i++) {
                            a[0][i] += a[2][i];
                            a[1][i] = from + i;
                            a[2][i] = -7;
                        }
                    },
                    sum,
                    number,
                    read);
            assertThat(visited).hasValue(count);
            assertThat(Arrays.stream(sum.toDoubles()).allMatch(v -> v == 3)).isTrue();
            assertThat(Arrays.stream(read.toDoubles()).allMatch(v -> v == 2)).isTrue();
            assertThat(number.toDoubles())
                    .isEqualTo(IntStream.range(0, count).asDoubleStream().toArray());
        }
    }

    @Test
    void refusesTensorsThatDoNotMatch() {
        try (Engine engine = Engine.builder().threads(1).build();
                TensorScope scope = engine.scope("")) {
            Tensor a = scope.allocate(Shape.of(4), DType.FLOAT);
            for (Tensor b :
                    new Tensor[] {scope.allocate(Shape.of(5), DType.FLOAT), scope.allocate(Shape.of(4), DType.DOUBLE)
                    }) {
                assertThatExceptionOfType(ShapeException.class)
                        .isThrownBy(() -> HostLoop.run(1, (x, from, n) -> {}, (x, from, n) -> {}, a, b))
                        .withMessage("elementwise loop over FLOAT[4] and " + b.spec());
            }
        }
    }

    @Test
    void rowsReadAndWriteSingleElements() {
        try (Engine engine = Engine.builder().threads(1).build();
                TensorScope scope = engine.scope("")) {
            for (DType dtype : new DType[] {DType.FLOAT, DType.DOUBLE}) {
                Tensor matrix = scope.allocate(Shape.of(2, 3), dtype).set(1, 2, 3, 4, 5, 6);
                HostLoop.Row row = HostLoop.row(matrix, 1, 3);
                assertThat(row.get(0)).isEqualTo(4);
                row.set(2, 0.5);
                assertThat(matrix.toDoubles()).containsExactly(1, 2, 3, 4, 5, 0.5);
            }
        }
    }
}
