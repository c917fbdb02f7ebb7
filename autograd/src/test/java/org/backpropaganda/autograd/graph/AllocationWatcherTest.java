package org.backpropaganda.autograd.graph;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.EnumMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import org.backpropaganda.autograd.nn.Activation;
import org.backpropaganda.autograd.nn.BatchNorm;
import org.backpropaganda.autograd.nn.Linear;
import org.backpropaganda.autograd.nn.ParameterFactory;
import org.backpropaganda.autograd.nn.Sequential;
import org.backpropaganda.autograd.op.Mean;
import org.backpropaganda.autograd.op.Relu;
import org.backpropaganda.autograd.tensor.AllocationWatcher;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.autograd.tensor.MemoryKind;
import org.backpropaganda.autograd.tensor.MemoryLedger;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.backpropaganda.autograd.tensor.TensorSpec;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What the watcher of an engine is told, against the ledger. */
class AllocationWatcherTest {
    private final Engine engine = Engine.builder().threads(1).build();
    private final MemoryLedger ledger = engine.ledger();
    private final TensorScope scope = engine.scope("");

    @AfterEach
    void close() {
        engine.close();
    }

    private record Held(TensorSpec spec, MemoryKind kind, String path) {}

    /** Keeps a book of its own, and what was told of computations. */
    private final class Book implements AllocationWatcher {
        private final IdentityHashMap<Object, Held> held = new IdentityHashMap<>();
        private final Deque<String> running = new ArrayDeque<>();
        private final List<String> said = new ArrayList<>();
        private long peak;

        @Override
        public void allocated(Object block, TensorSpec spec, MemoryKind kind, String path) {
            assertThat(held.put(block, new Held(spec, kind, path))).isNull();
            check();
        }

        @Override
        public void booked(Object block, MemoryKind kind, String path) {
            held.computeIfPresent(block, (b, was) -> new Held(was.spec(), kind, path));
            check();
        }

        @Override
        public void freed(Object block) {
            assertThat(held.remove(block)).isNotNull();
            check();
        }

        @Override
        public void begins(String name, String path, Phase phase) {
            running.push(name);
            said.add(phase + " " + path + " " + name);
        }

        @Override
        public void ends() {
            running.pop();
        }

        @Override
        public void saved(Object block, String reader, String label, String codec) {
            said.add(reader + " saves " + label + " " + held.get(block).spec() + " by " + codec);
        }

        private void check() {
            if (engine.watcher() == this) {
                assertThat(byKind()).isEqualTo(live());
                peak = Math.max(peak, ledger.liveBytes());
            }
        }

        private Map<MemoryKind, Long> byKind() {
            Map<MemoryKind, Long> sums = new EnumMap<>(MemoryKind.class);
            held.values().forEach(each -> sums.merge(each.kind(), each.spec().bytes(), Long::sum));
            return sums;
        }
    }

    private Map<MemoryKind, Long> live() {
        Map<MemoryKind, Long> all = new EnumMap<>(MemoryKind.class);
        for (MemoryKind kind : MemoryKind.values()) {
            if (ledger.liveBytes(kind) > 0) {
                all.put(kind, ledger.liveBytes(kind));
            }
        }
        return all;
    }

    private Sequential model() {
        ParameterFactory factory = new ParameterFactory(scope, DType.FLOAT, 1);
        return new Sequential(
                new Linear(factory, 4, 3, true), new Activation(Relu::relu), new Linear(factory, 3, 2, true));
    }

    private void step(Sequential model) {
        try (TensorScope step = scope.child();
                Tape tape = Tape.builder(step).build()) {
            Variable x = tape.constant(
                    step.allocate(Shape.of(5, 4), DType.FLOAT, MemoryKind.INPUT).fill(0.5));
            tape.backward(Mean.mean(model.call(x))).close();
        }
    }

    @Test
    void itsBookAgreesWithTheLedgerAtEveryEvent() {
        Sequential model = model();
        Book book = new Book();
        engine.watch(book);
        assertThat(book.byKind()).isEqualTo(live());
        ledger.resetPeak();
        step(model);
        engine.watch(null);
        assertThat(book.byKind()).isEqualTo(live()).containsOnlyKeys(MemoryKind.PARAMETER);
        assertThat(book.peak).isEqualTo(ledger.peakBytes());
        assertThat(book.running).isEmpty();
    }

    @Test
    void opsBeginAndSaveInOrder() {
        Sequential model = model();
        Book book = new Book();
        engine.watch(book);
        step(model);
        engine.watch(null);
        assertThat(book.said)
                .containsSubsequence(
                        "FORWARD 0 linear",
                        "linear saves input 0 FLOAT[5, 4] by keep",
                        "FORWARD 1 relu",
                        "FORWARD 2 linear",
                        "FORWARD  mean",
                        "BACKWARD  mean",
                        "BACKWARD 2 linear",
                        "BACKWARD 1 relu",
                        "BACKWARD 0 linear");
    }

    @Test
    void nothingIsToldOnceNobodyWatches() {
        Sequential model = model();
        Book book = new Book();
        engine.watch(book);
        engine.watch(null);
        step(model);
        assertThat(book.said).isEmpty();
    }

    @Test
    void tensorsOverTheSameBytesAreOneBlock() {
        Tensor first = scope.allocate(Shape.of(2, 3), DType.FLOAT);
        scope.view(first, Shape.of(6));
        Book book = new Book();
        engine.watch(book);
        assertThat(book.held).containsOnlyKeys(first.identity());
    }

    @Test
    void anAllocationThatItThrowsAtIsUndone() {
        engine.watch(new AllocationWatcher() {
            @Override
            public void allocated(Object block, TensorSpec spec, MemoryKind kind, String path) {
                throw new IllegalStateException("full");
            }

            @Override
            public void booked(Object block, MemoryKind kind, String path) {}

            @Override
            public void freed(Object block) {}
        });
        assertThatIllegalStateException()
                .isThrownBy(() -> scope.allocate(Shape.of(2), DType.FLOAT))
                .withMessage("full");
        assertThat(ledger.liveBytes()).isZero();
        assertThat(engine.watcher()).isNull();
    }

    @Test
    void parametersAndBuffersAreBookedUnderTheirPathInTheModel() {
        ParameterFactory factory = new ParameterFactory(scope, DType.FLOAT, 1);
        long before = ledger.liveBytes();
        new Sequential(new Sequential(new BatchNorm(factory, 8)));
        assertThat(ledger.liveBytesByPath())
                .containsEntry("0.0.weight", 32L)
                .containsEntry("0.0.bias", 32L)
                .containsEntry("0.0.running_mean", 32L)
                .containsEntry("0.0.running_var", 32L)
                .doesNotContainKeys("", "weight", "0.weight");
        assertThat(ledger.liveBytes(MemoryKind.PARAMETER)).isEqualTo(ledger.liveBytes() - before);
        assertThat(ledger.peakBytes()).isEqualTo(ledger.liveBytes());
    }
}
