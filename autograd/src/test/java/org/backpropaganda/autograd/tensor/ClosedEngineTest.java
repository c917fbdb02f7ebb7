package org.backpropaganda.autograd.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ClosedEngineTest {
    @TempDir
    private Path directory;

    /** A crash would end the JVM, so another one has it. */
    @ParameterizedTest
    @ValueSource(strings = {"foreign", "closed", "races"})
    @Timeout(value = 300, unit = TimeUnit.SECONDS)
    void throwsRatherThanCrashes(String scenario) throws Exception {
        ChildJvm.Outcome outcome = ChildJvm.run(
                ClosedEngineUses.class, scenario, directory.resolve("file").toString());
        assertThat(outcome.output().lines().filter(line -> !line.startsWith("SLF4J")))
                .as(outcome.output())
                .containsExactly("end");
        assertThat(outcome.exitCode()).isZero();
    }

    @Test
    void aTensorOfAnotherEngineIsRefusedInASentence() {
        try (Engine one = Engine.builder().threads(1).build();
                Engine two = Engine.builder().threads(1).build()) {
            Tensor theirs = two.scope("b").allocate(Shape.of(2, 3), DType.FLOAT).fill(4);
            TensorScope mine = one.scope("a");
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> mine.adopt(theirs))
                    .withMessage(
                            "adopt: FLOAT[2, 3] belongs to another engine; copy its values into a tensor of this one"
                                    + " with copyFrom");
            assertThat(two.ledger().liveBytes()).isEqualTo(24);
            assertThat(one.ledger().liveBytes()).isZero();
            Tensor copy = mine.allocate(theirs.shape(), DType.FLOAT).copyFrom(theirs);
            assertThat(copy.toDoubles()).containsOnly(4);
        }
    }

    /** A model's shapes are computed in such an engine, while its weights stay where they are. */
    @Test
    void anEngineWithoutMemoryTakesTensorsOfOthers() {
        Engine one = Engine.builder().threads(1).build();
        try (Engine shapes = Engine.withoutMemory()) {
            Tensor theirs = one.scope("a").allocate(Shape.of(2, 3), DType.FLOAT).fill(4);
            Tensor view = shapes.scope("s").view(theirs, Shape.of(6));
            one.close();
            assertThat(view.isClosed()).isFalse();
            assertThatIllegalStateException().isThrownBy(view::toDoubles).withMessage("the engine is closed");
            view.close();
            assertThat(one.ledger().liveBytes()).isZero();
        }
    }

    @Test
    @Timeout(value = 60, unit = TimeUnit.SECONDS)
    void closingWaitsForWhoIsInside() throws Exception {
        Engine engine = Engine.builder().threads(1).build();
        Tensor tensor = engine.scope("a").allocate(Shape.of(4), DType.DOUBLE).fill(1);
        CountDownLatch inside = new CountDownLatch(1);
        CountDownLatch go = new CountDownLatch(1);
        AtomicReference<Double> seen = new AtomicReference<>();
        Thread reader = new Thread(() -> tensor.withArray(array -> {
            inside.countDown();
            await(go);
            // Calls nest: who is inside may come in again while the engine waits.
            seen.set(tensor.toDoubles()[0] + array.getDouble(1));
            return array;
        }));
        reader.start();
        await(inside);
        Thread closer = new Thread(engine::close);
        closer.start();
        while (!engine.isClosed() || closer.getState() != Thread.State.TIMED_WAITING) {
            Thread.onSpinWait();
        }
        assertThatIllegalStateException().isThrownBy(tensor::toDoubles).withMessage("the engine is closed");
        assertThat(tensor.isClosed()).isFalse();
        go.countDown();
        reader.join();
        closer.join();
        assertThat(seen.get()).isEqualTo(2);
        assertThat(tensor.isClosed()).isTrue();
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void closingFromInsideIsRefused() {
        try (Engine engine = Engine.builder().threads(3).build()) {
            Runnable close = engine::close;
            Tensor tensor =
                    engine.scope("a").allocate(Shape.of(4), DType.DOUBLE).fill(1);
            assertThatIllegalStateException()
                    .isThrownBy(() -> tensor.withArray(array -> {
                        close.run();
                        return array;
                    }))
                    .withMessageStartingWith("close: a kernel or a lent array of this engine is at work");
            assertThatIllegalStateException()
                    .isThrownBy(() -> engine.parallel(3, 1, (from, to) -> {
                        if (from == 2) {
                            close.run();
                        }
                    }))
                    .havingCause()
                    .withMessageStartingWith("close: a kernel or a lent array of this engine is at work");
            assertThat(tensor.toDoubles()).containsOnly(1);
        }
    }

    @Test
    void aServiceThatFailsToCloseKeepsNothingOpen() {
        Engine engine = Engine.builder().threads(1).build();
        Tensor tensor = engine.scope("a").allocate(Shape.of(4), DType.DOUBLE);
        engine.service(AutoCloseable.class, e -> () -> {
            throw new java.io.IOException("stuck");
        });
        assertThatIllegalStateException()
                .isThrownBy(engine::close)
                .havingCause()
                .withMessage("stuck");
        assertThat(tensor.isClosed()).isTrue();
        assertThat(engine.reservedBytes()).isZero();
    }
}
