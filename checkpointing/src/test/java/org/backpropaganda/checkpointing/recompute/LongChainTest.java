package org.backpropaganda.checkpointing.recompute;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.stream.DoubleStream;
import org.backpropaganda.autograd.graph.SavedTensorPolicy;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.op.Sum;
import org.backpropaganda.autograd.op.Tanh;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.autograd.tensor.MemoryKind;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Chains of which a small part has room. */
class LongChainTest {
    private static final Shape SHAPE = Shape.of(250);
    private static final long BYTES = 1000;

    private record Told(List<Double> gradient, long peakBytes, EvictionReport report) {}

    private static Told run(int ops, Engine.Builder builder, boolean evicting, boolean backward) {
        Evictor evictor = new Evictor();
        SavedTensorPolicy policy = evicting ? evictor.policy() : SavedTensorPolicy.keep();
        try (Engine engine = builder.threads(1).build();
                TensorScope scope = engine.scope("")) {
            List<Double> gradient = List.of();
            try (Tape tape = Tape.builder(scope).policy(policy).build()) {
                SplittableRandom random = new SplittableRandom(1);
                Tensor given = scope.allocate(SHAPE, DType.FLOAT, MemoryKind.INPUT);
                Variable leaf = tape.leaf(given.fill(() -> random.nextDouble(-1, 1)));
                Variable x = leaf;
                for (int i = 0; i < ops; i++) {
                    Variable next = Tanh.tanh(x);
                    if (x != leaf) {
                        x.release();
                    }
                    x = next;
                }
                Variable loss = Sum.sum(x);
                x.release();
                if (backward) {
                    tape.backward(loss).close();
                    Tensor found = tape.gradient(leaf);
                    if (found.hasValues()) {
                        gradient = DoubleStream.of(found.toDoubles()).boxed().toList();
                    }
                }
            }
            assertThat(engine.ledger().liveBytes(MemoryKind.ACTIVATION)).isZero();
            return new Told(gradient, engine.ledger().peakBytes(), evictor.report());
        }
    }

    private static Engine.Builder budget(long slots) {
        return Engine.builder().memoryBudgetBytes(slots * BYTES);
    }

    /** In the slots of all that lives, Revolve, which knows the chain beforehand, would need extra(n, s) steps. */
    @ParameterizedTest
    @CsvSource({"1000, 20", "1000, 32", "1000, 64", "400, 40"})
    void costsNoMoreThanTheBinomialSchedule(int ops, int slots) {
        Told plain = run(ops, Engine.builder(), false, true);
        Told told = run(ops, budget(slots), true, true);
        assertThat(told.gradient()).hasSize(250).isEqualTo(plain.gradient());
        assertThat(told.peakBytes()).isLessThanOrEqualTo(slots * BYTES);
        assertThat(told.report().recomputedOps()).isPositive().isLessThanOrEqualTo(binomialExtra(ops, slots));
        assertThat(run(ops, budget(slots).withoutMemory(), true, true).report()).isEqualTo(told.report());
    }

    /** r n − β(s + 1, r − 1), with the least r for which β(s, r) = C(s + r, s) reaches n. */
    private static long binomialExtra(long n, long s) {
        long r = 1;
        while (binomial(s + r, r) < n) {
            r++;
        }
        return r * n - binomial(s + r, r - 1);
    }

    private static long binomial(long n, long k) {
        long result = 1;
        for (long i = 1; i <= k; i++) {
            result = result * (n - k + i) / i;
        }
        return result;
    }

    /** The tables of the schedule: it is held to the right numbers. */
    @ParameterizedTest
    @CsvSource({"10, 3, 15", "50, 7, 105", "100, 10, 222", "1000, 10, 3636"})
    void theBinomialScheduleIsThatOfItsTables(long n, long s, long extra) {
        assertThat(binomialExtra(n, s)).isEqualTo(extra);
    }

    /** Kirisame et al. 2021, Theorem 1: n ops in memory of order √n cost of order n. */
    @Test
    void rootMemoryCostsLinearly() {
        for (int root : new int[] {10, 20, 40, 60}) {
            int ops = root * root;
            long recomputed = run(ops, budget(2L * root).withoutMemory(), true, true)
                    .report()
                    .recomputedOps();
            assertThat(recomputed).as("of %d in %d slots", ops, 2 * root).isBetween(1L, 2L * ops);
        }
    }

    /** A stack of 128 KiB ends after some hundred calls. */
    @Test
    void aLongStretchEndsNoStack() throws Exception {
        assertThat(onSmallStack(() -> run(3000, budget(12).withoutMemory(), true, true)
                        .report()
                        .rematerializations()))
                .isPositive();
        assertThat(onSmallStack(() -> run(3000, budget(12).withoutMemory(), true, false)
                        .report()
                        .evictions()))
                .as("closed without a backward")
                .isPositive();
    }

    private static <R> R onSmallStack(Supplier<R> body) throws Exception {
        CompletableFuture<R> result = new CompletableFuture<>();
        Thread thread = new Thread(
                null,
                () -> {
                    try {
                        result.complete(body.get());
                    } catch (RuntimeException | Error e) {
                        result.completeExceptionally(e);
                    }
                },
                "small stack",
                128 << 10);
        thread.start();
        return result.get(2, TimeUnit.MINUTES);
    }
}
