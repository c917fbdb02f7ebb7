package org.backpropaganda.checkpointing.recompute;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.backpropaganda.checkpointing.recompute.EvictorTest.input;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.op.Sum;
import org.backpropaganda.autograd.op.Tanh;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.autograd.tensor.MemoryBudgetException;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.junit.jupiter.api.Test;

/** Evictors, engines and budgets that several threads share. */
class EvictionThreadsTest {
    /** A thread that lacks bytes leaves those of another one alone, however much it holds. */
    @Test
    void eachThreadEvictsItsOwn() throws Exception {
        Evictor evictor = new Evictor();
        CountDownLatch holding = new CountDownLatch(1);
        CountDownLatch refused = new CountDownLatch(1);
        try (Engine engine =
                Engine.builder().threads(1).memoryBudgetBytes(100_000).build()) {
            CompletableFuture<Long> holder = CompletableFuture.supplyAsync(() -> {
                try (TensorScope scope = engine.scope("holder");
                        Tape tape = Tape.builder(scope).policy(evictor.policy()).build()) {
                    Variable loss = chain(tape, scope, 20);
                    holding.countDown();
                    assertThat(refused.await(1, TimeUnit.MINUTES)).isTrue();
                    assertThat(evictor.report().evictions()).isZero();
                    tape.backward(loss).close();
                    return evictor.report().evictions();
                } catch (InterruptedException e) {
                    throw new IllegalStateException(e);
                }
            });
            assertThat(holding.await(1, TimeUnit.MINUTES)).isTrue();
            try (TensorScope scope = engine.scope("other")) {
                assertThatExceptionOfType(MemoryBudgetException.class)
                        .isThrownBy(() -> scope.allocate(Shape.of(30_000), DType.BYTE))
                        .withMessageNotContaining("saved tensors");
            }
            refused.countDown();
            assertThat(holder.get(1, TimeUnit.MINUTES)).isZero();
        }
    }

    /** Several at once: the budget holds, and whoever finds room has the bits of a thread alone. */
    @Test
    void severalThreadsShareABudget() throws Exception {
        Evictor evictor = new Evictor();
        double[] alone;
        try (Engine engine = Engine.builder().threads(1).build()) {
            alone = chainGradient(engine, new Evictor());
        }
        long budget = 150_000;
        try (Engine engine =
                Engine.builder().threads(1).memoryBudgetBytes(budget).build()) {
            List<CompletableFuture<Integer>> threads = new ArrayList<>();
            for (int t = 0; t < 3; t++) {
                threads.add(CompletableFuture.supplyAsync(() -> {
                    int completed = 0;
                    for (int i = 0; i < 20; i++) {
                        try {
                            assertThat(chainGradient(engine, evictor)).containsExactly(alone);
                            completed++;
                        } catch (MemoryBudgetException e) {
                            assertThat(e).hasMessageContaining("memory budget of " + budget);
                        }
                    }
                    return completed;
                }));
            }
            int completed = 0;
            for (CompletableFuture<Integer> thread : threads) {
                completed += thread.get(2, TimeUnit.MINUTES);
            }
            assertThat(completed).isPositive();
            assertThat(engine.ledger().peakBytes()).isLessThanOrEqualTo(budget);
            assertThat(engine.ledger().liveBytes()).isZero();
            assertThat(evictor.report().evictions()).isPositive();
        }
    }

    private static double[] chainGradient(Engine engine, Evictor evictor) {
        try (TensorScope scope = engine.scope("");
                Tape tape = Tape.builder(scope).policy(evictor.policy()).build()) {
            Variable x = tape.leaf(input(scope));
            Variable loss = chain(x, 60);
            tape.backward(loss).close();
            return tape.gradient(x).toDoubles();
        }
    }

    private static Variable chain(Tape tape, TensorScope scope, int length) {
        return chain(tape.leaf(input(scope)), length);
    }

    private static Variable chain(Variable leaf, int length) {
        Variable x = leaf;
        for (int i = 0; i < length; i++) {
            Variable next = Tanh.tanh(x);
            if (x != leaf) {
                x.release();
            }
            x = next;
        }
        Variable loss = Sum.sum(x);
        x.release();
        return loss;
    }
}
