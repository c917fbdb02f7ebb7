package org.backpropaganda.autograd.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

class EngineTest {
    private static final Shape BIG = Shape.of(1 << 18);

    @Test
    void enginesKnowNothingOfEachOther() {
        try (Engine one = Engine.builder().threads(1).memoryBudgetBytes(1 << 20).build();
                Engine other = Engine.create()) {
            Tensor mine = one.scope("a").allocate(BIG, DType.FLOAT).fill(1);
            assertThat(other.ledger().liveBytes()).isZero();
            assertThat(other.reservedBytes()).isZero();
            assertThat(one.ledger().liveBytes()).isEqualTo(1 << 20);
            Tensor theirs = other.scope("a").allocate(BIG, DType.DOUBLE).fill(2);
            assertThat(one.ledger().peakBytes()).isEqualTo(1 << 20);
            assertThat(mine.engine()).isSameAs(one);
            assertThat(theirs.engine()).isSameAs(other);
            assertThat(Arrays.stream(mine.toDoubles()).allMatch(v -> v == 1)).isTrue();
            assertThat(one.threads()).isOne();
        }
    }

    @Test
    void closingFreesEverything() {
        Engine engine = Engine.create();
        TensorScope scope = engine.scope("a");
        Tensor tensor = scope.child().allocate(BIG, DType.FLOAT);
        List<String> closed = new ArrayList<>();
        Service service = engine.service(Service.class, e -> new Service(closed));
        assertThat(engine.service(Service.class, e -> new Service(closed))).isSameAs(service);
        engine.close();
        assertThat(closed).containsExactly("closed");
        assertThat(tensor.isClosed()).isTrue();
        assertThat(scope.isClosed()).isTrue();
        assertThat(engine.ledger().liveBytes()).isZero();
        assertThatIllegalStateException().isThrownBy(engine::close);
        assertThatIllegalStateException().isThrownBy(() -> engine.scope("b"));
        assertThatIllegalStateException().isThrownBy(() -> scope.allocate(BIG, DType.FLOAT));
    }

    record Service(List<String> log) implements AutoCloseable {
        @Override
        public void close() {
            log.add("closed");
        }
    }

    @Test
    void trimGivesFreePagesBack() {
        try (Engine engine = Engine.create()) {
            TensorScope scope = engine.scope("");
            Tensor kept = scope.allocate(BIG, DType.FLOAT).fill(3);
            scope.allocate(BIG, DType.DOUBLE).fill(4).close();
            assertThat(engine.reservedBytes()).isEqualTo(3 << 20);
            engine.trim();
            assertThat(engine.reservedBytes()).isEqualTo(1 << 20);
            assertThat(Arrays.stream(kept.toDoubles()).allMatch(v -> v == 3)).isTrue();
            engine.resetPeaks();
            assertThat(engine.peakReservedBytes()).isEqualTo(1 << 20);
            assertThat(engine.ledger().peakBytes()).isEqualTo(1 << 20);
        }
    }

    @Test
    void impossibleSizesAreRefusedAndCountNothing() {
        try (Engine engine = Engine.create()) {
            TensorScope scope = engine.scope("");
            assertThatExceptionOfType(OutOfMemoryError.class)
                    .isThrownBy(() -> scope.allocate(Shape.of(1L << 60), DType.FLOAT));
            assertThatExceptionOfType(OutOfMemoryError.class)
                    .isThrownBy(() -> scope.allocate(Shape.of((1L << 61) - 1), DType.FLOAT));
            assertThatExceptionOfType(ShapeException.class)
                    .isThrownBy(() -> scope.allocate(Shape.of(1L << 61), DType.FLOAT));
            assertThat(engine.ledger().liveBytes()).isZero();
        }
    }

    @Test
    void refusesBadSettings() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Engine.builder().threads(0))
                .withMessage("threads: 0 is not within [1, 1024]");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Engine.builder().memoryBudgetBytes(0))
                .withMessage("memory budget: 0 bytes is below 1");
    }

    @Test
    void anAllocationThatTheSystemRefusesLeavesNoTrace() {
        try (Engine engine = Engine.create();
                TensorScope scope = engine.scope("")) {
            scope.allocate(Shape.of(10), DType.FLOAT);
            assertThatThrownBy(() -> scope.allocate(Shape.of(1L << 45), DType.FLOAT))
                    .isInstanceOf(OutOfMemoryError.class);
            assertThat(engine.ledger().liveBytes()).isEqualTo(40);
            assertThat(engine.ledger().peakBytes()).isEqualTo(40);
        }
    }

    @Test
    void manyThreadsAllocateAtOnce() throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(8);
        try (Engine engine = Engine.create()) {
            TensorScope shared = engine.scope("shared");
            List<Future<?>> futures = new ArrayList<>();
            for (int t = 0; t < 8; t++) {
                int number = t;
                futures.add(threads.submit(() -> churn(engine, shared, number)));
            }
            for (Future<?> future : futures) {
                future.get();
            }
            assertThat(engine.ledger().liveBytes()).isEqualTo(8 * 40);
            assertThat(engine.ledger().liveBytesByPath()).containsOnlyKeys("shared");
            shared.close();
            assertThat(engine.ledger().liveBytes()).isZero();
            engine.trim();
            assertThat(engine.reservedBytes()).isZero();
        } finally {
            threads.shutdown();
        }
    }

    /** Allocates and frees, checks that nobody else writes into its tensors, and leaves ten floats in a shared scope. */
    private static void churn(Engine engine, TensorScope shared, int number) {
        SplittableRandom random = new SplittableRandom(number);
        try (TensorScope mine = engine.scope("thread" + number)) {
            List<Tensor> tensors = new ArrayList<>();
            for (int i = 0; i < 2000; i++) {
                if (tensors.size() > 20 || (!tensors.isEmpty() && random.nextInt(3) == 0)) {
                    Tensor tensor = tensors.remove(random.nextInt(tensors.size()));
                    for (double value : tensor.toDoubles()) {
                        if (value != number) {
                            throw new AssertionError("found " + value + " in a tensor of thread " + number);
                        }
                    }
                    tensor.close();
                } else {
                    tensors.add(mine.allocate(Shape.of(1 + random.nextInt(2000)), DType.FLOAT)
                            .fill(number));
                }
                if (i % 100 == 0) {
                    Tensor brief = shared.allocate(Shape.of(1), DType.FLOAT);
                    shared.lease(brief).close();
                    brief.close();
                    try (TensorScope child = shared.child()) {
                        child.allocate(Shape.of(3), DType.FLOAT);
                    }
                }
            }
            shared.adopt(mine.allocate(Shape.of(10), DType.FLOAT, MemoryKind.PARAMETER, "shared"));
        }
    }
}
