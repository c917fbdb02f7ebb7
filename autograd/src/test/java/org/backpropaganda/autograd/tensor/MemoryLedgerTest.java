package org.backpropaganda.autograd.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.entry;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class MemoryLedgerTest {
    private Engine engine = Engine.builder().threads(1).build();
    private MemoryLedger ledger = engine.ledger();

    @AfterEach
    void close() {
        engine.close();
    }

    private void useBudget(long bytes) {
        engine.close();
        engine = Engine.builder().threads(1).memoryBudgetBytes(bytes).build();
        ledger = engine.ledger();
    }

    private static Tensor floats(TensorScope scope, long count, MemoryKind kind) {
        return scope.allocate(Shape.of(count), DType.FLOAT, kind, scope.path());
    }

    @Test
    void countsPayloadOnly() {
        TensorScope scope = engine.scope("m");
        scope.allocate(Shape.of(3), DType.FLOAT);
        scope.allocate(Shape.of(9), DType.BIT);
        scope.allocate(Shape.scalar(), DType.DOUBLE);
        assertThat(ledger.liveBytes()).isEqualTo(12 + 2 + 8);
        assertThat(engine.reservedBytes()).isGreaterThanOrEqualTo(3 * BlockPool.ALIGNMENT);
    }

    @Test
    void keepsKindsApart() {
        TensorScope scope = engine.scope("m");
        Tensor parameter = floats(scope, 10, MemoryKind.PARAMETER);
        Tensor scratch = floats(scope, 20, MemoryKind.SCRATCH);
        scratch.close();
        floats(scope, 5, MemoryKind.INPUT);
        assertThat(ledger.liveBytes(MemoryKind.PARAMETER)).isEqualTo(40);
        assertThat(ledger.liveBytes(MemoryKind.SCRATCH)).isZero();
        assertThat(ledger.liveBytes(MemoryKind.INPUT)).isEqualTo(20);
        assertThat(ledger.peakBytes()).isEqualTo(120);
        assertThat(ledger.peakBytes(MemoryKind.SCRATCH)).isEqualTo(80);
        assertThat(ledger.peakBytes(MemoryKind.INPUT)).isEqualTo(20);
        assertThat(ledger.atPeak())
                .hasSize(MemoryKind.values().length)
                .contains(
                        entry(MemoryKind.PARAMETER, 40L), entry(MemoryKind.SCRATCH, 80L), entry(MemoryKind.INPUT, 0L));
        parameter.close();
        assertThat(ledger.peakBytes()).isEqualTo(120);
    }

    @Test
    void resetPeakStartsFromWhatIsLive() {
        TensorScope scope = engine.scope("m");
        floats(scope, 10, MemoryKind.PARAMETER);
        floats(scope, 90, MemoryKind.TEMPORARY).close();
        ledger.resetPeak();
        assertThat(ledger.peakBytes()).isEqualTo(40);
        assertThat(ledger.peakBytes(MemoryKind.TEMPORARY)).isZero();
        assertThat(ledger.atPeak()).contains(entry(MemoryKind.PARAMETER, 40L), entry(MemoryKind.TEMPORARY, 0L));
        floats(scope, 1, MemoryKind.TEMPORARY).close();
        assertThat(ledger.peakBytes()).isEqualTo(44);
    }

    @Test
    void keepsPathsApart() {
        TensorScope scope = engine.scope("model");
        floats(scope.child("conv"), 10, MemoryKind.PARAMETER);
        floats(scope.child("conv"), 4, MemoryKind.TEMPORARY);
        Tensor head = floats(scope.child("head"), 5, MemoryKind.PARAMETER);
        scope.allocate(Shape.of(2), DType.FLOAT, MemoryKind.OPTIMIZER, "elsewhere");
        assertThat(ledger.liveBytesByPath())
                .containsExactly(entry("elsewhere", 8L), entry("model.conv", 56L), entry("model.head", 20L));
        assertThat(ledger.largestHolders(2))
                .containsExactly(
                        new MemoryLedger.Usage(MemoryKind.PARAMETER, "model.conv", 40),
                        new MemoryLedger.Usage(MemoryKind.PARAMETER, "model.head", 20));
        head.close();
        assertThat(ledger.liveBytesByPath()).doesNotContainKey("model.head");
        assertThat(ledger.largestHolders(9)).hasSize(3);
    }

    /** An event as the listener saw it, with the total that it could read. */
    record Event(long number, MemoryKind kind, String path, long deltaBytes, long liveBytes) {}

    @Test
    void tellsEveryChange() {
        List<Event> events = new ArrayList<>();
        ledger.listen(
                (event, kind, path, delta, self) -> events.add(new Event(event, kind, path, delta, self.liveBytes())));
        TensorScope scope = engine.scope("m");
        Tensor tensor = floats(scope, 2, MemoryKind.TEMPORARY);
        scope.share(tensor).close();
        Tensor lease = scope.lease(tensor);
        tensor.close();
        lease.close();
        ledger.listen(null);
        floats(scope, 2, MemoryKind.TEMPORARY);
        assertThat(events)
                .containsExactly(
                        new Event(0, MemoryKind.TEMPORARY, "m", 8, 8),
                        new Event(1, MemoryKind.TEMPORARY, "m", -8, 0),
                        new Event(2, MemoryKind.ACTIVATION, "m", 8, 8),
                        new Event(3, MemoryKind.ACTIVATION, "m", -8, 0));
    }

    @Test
    void aChangeOfKindIsNoPeak() {
        TensorScope scope = engine.scope("m");
        Tensor tensor = floats(scope, 100, MemoryKind.TEMPORARY);
        Map<MemoryKind, Long> before = ledger.atPeak();
        scope.lease(tensor);
        assertThat(ledger.peakBytes()).isEqualTo(400);
        assertThat(ledger.atPeak()).isEqualTo(before);
    }

    @Test
    void tellsWhoWasAliveAtThePeak() {
        try (Engine engine = Engine.create();
                TensorScope root = engine.scope("")) {
            TensorScope a = root.child("a");
            TensorScope b = root.child("b");
            Tensor kept = a.allocate(Shape.of(10), DType.FLOAT);
            Tensor early = b.allocate(Shape.of(20), DType.FLOAT);
            early.close();
            b.allocate(Shape.of(30), DType.FLOAT);
            kept.close();
            a.allocate(Shape.of(5), DType.FLOAT);
            assertThat(engine.ledger().peakBytes()).isEqualTo(160);
            assertThat(engine.ledger().atPeakByPath()).isEqualTo(Map.of("a", 40L, "b", 120L));
            assertThat(engine.ledger().liveBytesByPath()).isEqualTo(Map.of("a", 20L, "b", 120L));
            assertThat(engine.ledger().largestHoldersAtPeak(1))
                    .containsExactly(new MemoryLedger.Usage(MemoryKind.TEMPORARY, "b", 120));
            assertThat(engine.ledger().peakBytes(MemoryKind.TEMPORARY, "a")).isEqualTo(40);
            engine.resetPeaks();
            assertThat(engine.ledger().atPeakByPath()).isEqualTo(Map.of("a", 20L, "b", 120L));
            assertThat(engine.ledger().peakBytes(MemoryKind.TEMPORARY, "a")).isEqualTo(20);
        }
    }

    @Test
    void theBudgetIsExact() {
        useBudget(100);
        TensorScope scope = engine.scope("m");
        floats(scope, 24, MemoryKind.TEMPORARY);
        assertThat(ledger.budgetBytes()).isEqualTo(100);
        assertThatExceptionOfType(MemoryBudgetException.class).isThrownBy(() -> floats(scope, 2, MemoryKind.TEMPORARY));
        floats(scope, 1, MemoryKind.TEMPORARY);
        assertThat(ledger.liveBytes()).isEqualTo(100);
        assertThatExceptionOfType(MemoryBudgetException.class).isThrownBy(() -> scope.allocate(Shape.of(1), DType.BIT));
        assertThat(ledger.peakBytes()).isEqualTo(100);
    }

    @Test
    void aRefusalNamesTheLargestHoldersAndLeaksNothing() {
        useBudget(1000);
        TensorScope scope = engine.scope("m");
        floats(scope.child("conv"), 100, MemoryKind.PARAMETER);
        floats(scope.child("act"), 50, MemoryKind.TEMPORARY);
        for (int i = 0; i < 20; i++) {
            floats(scope.child("small" + i), 1, MemoryKind.INPUT);
        }
        long reserved = engine.reservedBytes();
        TensorScope step = scope.child("step");
        assertThatExceptionOfType(MemoryBudgetException.class)
                .isThrownBy(() -> floats(step, 100, MemoryKind.ACTIVATION))
                .withMessageStartingWith(
                        "memory budget of 1000 bytes: 400 bytes of ACTIVATION for \"m.step\" asked with"
                                + " 680 live; raise the budget, or shrink the largest holders: PARAMETER \"m.conv\" 400,"
                                + " TEMPORARY \"m.act\" 200, INPUT \"m.small")
                .withMessageNotContaining("small8");
        assertThat(ledger.liveBytes()).isEqualTo(680);
        assertThat(ledger.peakBytes()).isEqualTo(680);
        assertThat(engine.reservedBytes()).isEqualTo(reserved);
        assertThat(floats(step, 80, MemoryKind.ACTIVATION).fill(1).toDoubles()).containsOnly(1);
        step.close();
        assertThat(ledger.liveBytes()).isEqualTo(680);
    }

    @Test
    void pathsThatHaveEndedAreForgottenInTheEnd() {
        TensorScope scope = engine.scope("m");
        Tensor lasting = floats(scope, 10, MemoryKind.PARAMETER);
        for (int i = 0; i < 100_000; i++) {
            scope.allocate(Shape.of(2), DType.FLOAT, MemoryKind.TEMPORARY, "step" + i)
                    .close();
            if (i % 100 == 0) {
                scope.allocate(Shape.of(1), DType.FLOAT, MemoryKind.SCRATCH, "often")
                        .close();
            }
        }
        assertThat(ledger.remembered()).isLessThan(2 * (MemoryLedger.MOST_ENDED + 8));
        assertThat(ledger.peakBytes(MemoryKind.PARAMETER, "m")).isEqualTo(40);
        assertThat(ledger.peakBytes(MemoryKind.SCRATCH, "often")).isEqualTo(4);
        assertThat(ledger.peakBytes(MemoryKind.TEMPORARY, "step99999")).isEqualTo(8);
        assertThat(ledger.peakBytes()).isEqualTo(48);
        assertThat(ledger.atPeakByPath()).containsOnly(entry("m", 40L), entry("step0", 8L));
        assertThatIllegalStateException()
                .isThrownBy(() -> ledger.peakBytes(MemoryKind.TEMPORARY, "step1"))
                .withMessage("ledger: the peak of TEMPORARY under \"step1\" may be forgotten: more than 4096 paths have"
                        + " ended since the last resetPeak(); ask, or reset, more often");
        engine.resetPeaks();
        assertThat(ledger.remembered()).isOne();
        assertThat(ledger.peakBytes(MemoryKind.TEMPORARY, "step0")).isZero();
        lasting.close();
    }

    /** What was alive at the peak stays known, however many paths that is and however many come later. */
    @Test
    void whoWasAliveAtThePeakIsNotForgotten() {
        TensorScope scope = engine.scope("");
        List<Tensor> tensors = new ArrayList<>();
        for (int i = 0; i < 20_000; i++) {
            tensors.add(scope.allocate(Shape.of(2), DType.FLOAT, MemoryKind.INPUT, "held" + i));
        }
        tensors.forEach(Tensor::close);
        for (int i = 0; i < 50_000; i++) {
            scope.allocate(Shape.of(2), DType.FLOAT, MemoryKind.TEMPORARY, "later" + i)
                    .close();
        }
        assertThat(ledger.atPeakByPath()).hasSize(20_000).containsEntry("held7", 8L);
        assertThat(ledger.remembered()).isLessThan(2 * (20_000 + MemoryLedger.MOST_ENDED));
        // A higher peak makes them history.
        scope.allocate(Shape.of(50_000), DType.FLOAT);
        for (int i = 0; i < 100_000; i++) {
            scope.allocate(Shape.of(2), DType.FLOAT, MemoryKind.TEMPORARY, "last" + i)
                    .close();
        }
        assertThat(ledger.remembered()).isLessThan(2 * (MemoryLedger.MOST_ENDED + 8));
        assertThat(ledger.atPeakByPath()).containsOnlyKeys("", "last0");
    }

    @Test
    void whatWaitsInAFileHasALineOfItsOwn() {
        useBudget(100);
        ledger.offloaded(300);
        ledger.offloaded(-200);
        assertThat(ledger.offloadedBytes()).isEqualTo(100);
        assertThat(ledger.peakOffloadedBytes()).isEqualTo(300);
        assertThat(ledger.liveBytes()).isZero();
        assertThat(ledger.peakBytes()).isZero();
        floats(engine.scope("m"), 25, MemoryKind.TEMPORARY);
        ledger.resetPeak();
        assertThat(ledger.peakOffloadedBytes()).isEqualTo(100);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ledger.offloaded(-101))
                .withMessageContaining("101 bytes are said to wait in no file any more, of 100");
        assertThat(ledger.offloadedBytes()).isEqualTo(100);
    }
}
