package org.backpropaganda.autograd.graph;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.backpropaganda.autograd.check.GradientComparison;
import org.backpropaganda.autograd.kernel.Window;
import org.backpropaganda.autograd.nn.Activation;
import org.backpropaganda.autograd.nn.BatchNorm;
import org.backpropaganda.autograd.nn.Conv2d;
import org.backpropaganda.autograd.nn.Dropout;
import org.backpropaganda.autograd.nn.Linear;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.nn.ParameterFactory;
import org.backpropaganda.autograd.nn.Pool2d;
import org.backpropaganda.autograd.nn.Sequential;
import org.backpropaganda.autograd.op.MeanSquaredError;
import org.backpropaganda.autograd.op.Tanh;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.autograd.tensor.MemoryKind;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.backpropaganda.autograd.testkit.HeapCodec;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Tapes of whole models: what a policy sees of them, how their gradients gather, and how two of them stay apart. */
class ModelTapeTest {
    private final Engine engine = Engine.builder().threads(2).build();
    private final TensorScope scope = engine.scope("test");

    @AfterEach
    void close() {
        engine.close();
    }

    /** Copies to the heap, and remembers what it saw. */
    private static final class Offload implements SavedTensorCodec {
        private final HeapCodec heap = new HeapCodec();
        private final List<Tensor> seen = new ArrayList<>();
        private int unpacked;
        private int discarded;

        @Override
        public String name() {
            return "offload";
        }

        @Override
        public boolean isExact() {
            return true;
        }

        @Override
        public Packed pack(Saving saving, TensorScope leases) {
            seen.add(saving.tensor());
            Packed packed = heap.pack(saving, leases);
            return new Packed() {
                @Override
                public Tensor unpack(TensorScope to) {
                    unpacked++;
                    return packed.unpack(to);
                }

                @Override
                public void discard() {
                    discarded++;
                }
            };
        }
    }

    private static Module model(ParameterFactory factory) {
        return new Sequential(
                new Conv2d(factory, 2, 4, Window.square(3, 1, 1), false),
                new BatchNorm(factory, 4),
                Activation.tanh(),
                new Dropout(0.2),
                new Recomputed(new Conv2d(factory, 4, 4, Window.square(1, 1, 0), true)),
                Pool2d.globalAverage(),
                new Linear(factory, 4, 3, true));
    }

    private Tensor images(TensorScope owner, long seed) {
        Tensor images = owner.allocate(Shape.of(3, 5, 5, 2), DType.FLOAT, MemoryKind.INPUT);
        return images.set(
                new SplittableRandom(seed).doubles(images.elements(), -1, 1).toArray());
    }

    private Map<String, double[]> gradients(Module model, TapeBuilder builder, TensorScope owner, long seed) {
        try (Tape tape = builder.seed(seed).build()) {
            Variable y = model.call(tape.constant(images(owner, seed)));
            Variable target = tape.constant(owner.zeros(y.shape(), y.dtype(), MemoryKind.INPUT));
            try (Gradients gradients = tape.backward(MeanSquaredError.meanSquaredError(y, target))) {
                return GradientComparison.snapshot(gradients);
            }
        }
    }

    private static void assertSame(Map<String, double[]> actual, Map<String, double[]> expected) {
        assertThat(actual).hasSameSizeAs(expected).isNotEmpty();
        expected.forEach((path, values) -> assertThat(actual.get(path)).as(path).isEqualTo(values));
    }

    @Test
    void aPolicySeesActivationsOnlyAndChangesNothing() {
        Module model = model(new ParameterFactory(scope, DType.FLOAT, 1));
        Map<String, double[]> kept = gradients(model, Tape.builder(scope), scope, 1);
        Offload offload = new Offload();
        assertSame(gradients(model, Tape.builder(scope).policy(SavedTensorPolicy.of(offload)), scope, 1), kept);
        assertThat(offload.seen).isNotEmpty();
        model.parameters()
                .values()
                .forEach(parameter -> assertThat(offload.seen).doesNotContain(parameter.value()));
        assertThat(offload.unpacked).isGreaterThanOrEqualTo(offload.seen.size());
        assertThat(offload.discarded).isEqualTo(offload.seen.size());
    }

    @Test
    void aPolicyIsToldWhatIsNotNeeded() {
        Offload offload = new Offload();
        try (Tape tape =
                Tape.builder(scope).policy(SavedTensorPolicy.of(offload)).build()) {
            Tanh.tanh(tape.leaf(scope.allocate(Shape.of(2), DType.DOUBLE).set(1, 2)));
            assertThat(engine.ledger().liveBytes(MemoryKind.ACTIVATION))
                    .as("on the heap instead")
                    .isZero();
        }
        assertThat(offload.unpacked).isZero();
        assertThat(offload.discarded).isOne();
    }

    @Test
    void gradientsGatherOverSeveralTapes() {
        Module model = model(new ParameterFactory(scope, DType.FLOAT, 1));
        Map<String, double[]> first = gradients(model, Tape.builder(scope), scope, 1);
        Map<String, double[]> second = gradients(model, Tape.builder(scope), scope, 2);
        try (Gradients gathered = new Gradients(scope)) {
            for (long seed = 1; seed <= 2; seed++) {
                try (Tape tape =
                        Tape.builder(scope).seed(seed).gradients(gathered).build()) {
                    Variable y = model.call(tape.constant(images(scope, seed)));
                    Variable target = tape.constant(scope.zeros(y.shape(), y.dtype(), MemoryKind.INPUT));
                    assertThat(tape.backward(MeanSquaredError.meanSquaredError(y, target)))
                            .isSameAs(gathered);
                }
            }
            GradientComparison.snapshot(gathered).forEach((path, sum) -> {
                for (int i = 0; i < sum.length; i++) {
                    assertThat(sum[i]).as(path).isCloseTo(first.get(path)[i] + second.get(path)[i], within(1e-6));
                }
            });
        }
    }

    @Test
    void twoTapesOnTwoThreadsEqualEachAlone() throws Exception {
        Module model = model(new ParameterFactory(scope, DType.FLOAT, 1));
        List<Map<String, double[]>> alone = List.of(
                gradients(model, Tape.builder(scope), scope, 1), gradients(model, Tape.builder(scope), scope, 2));
        ExecutorService executor = Executors.newFixedThreadPool(2);
        try {
            List<Callable<Map<String, double[]>>> tasks = new ArrayList<>();
            for (int i = 0; i < 12; i++) {
                long seed = i % 2 == 0 ? 1 : 2;
                tasks.add(() -> {
                    try (TensorScope own = engine.scope("thread")) {
                        return gradients(model, Tape.builder(own), own, seed);
                    }
                });
            }
            List<Future<Map<String, double[]>>> done = executor.invokeAll(tasks);
            for (int i = 0; i < done.size(); i++) {
                assertSame(done.get(i).get(), alone.get(i % 2));
            }
        } finally {
            executor.shutdown();
        }
    }
}
