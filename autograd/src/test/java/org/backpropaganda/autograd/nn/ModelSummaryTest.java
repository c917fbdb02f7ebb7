package org.backpropaganda.autograd.nn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.entry;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.backpropaganda.autograd.graph.Parameter;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.kernel.Window;
import org.backpropaganda.autograd.op.LinearCrossEntropy;
import org.backpropaganda.autograd.op.Reshape;
import org.backpropaganda.autograd.op.Tanh;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.autograd.tensor.MemoryKind;
import org.backpropaganda.autograd.tensor.NoValuesException;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.ShapeException;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.backpropaganda.autograd.tensor.TensorSpec;
import org.backpropaganda.autograd.testkit.StepFigures;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ModelSummaryTest {
    private final Engine engine = Engine.builder().threads(1).build();
    private final TensorScope root = engine.scope("");
    private final ParameterFactory factory = new ParameterFactory(root, DType.FLOAT, 1);

    @AfterEach
    void close() {
        engine.close();
    }

    private static Map<String, Long> savedBytes(ModelSummary summary) {
        return summary.layers().stream()
                .collect(Collectors.toMap(LayerSummary::path, LayerSummary::savedBytes, Long::sum, LinkedHashMap::new));
    }

    /** Saves are those that the ops declare; multiply-adds those of the textbook. */
    @Test
    void aPerceptron() {
        Module model = new Sequential(
                new Linear(factory, 20, 30, true), Activation.tanh(), new Linear(factory, 30, 10, false));
        ModelSummary summary = model.summary(Shape.of(7, 20));
        assertThat(summary.parameters()).isEqualTo(20 * 30 + 30 + 30 * 10);
        assertThat(summary.parameterBytes()).isEqualTo(4 * summary.parameters());
        assertThat(savedBytes(summary))
                .containsExactly(entry("", 0L), entry("0", 0L), entry("1", 7 * 30 * 4L), entry("2", 0L));
        assertThat(summary.savedBytes()).isEqualTo(7 * 30 * 4);
        assertThat(summary.peakActivationBytes()).hasValue(7 * 30 * 4);
        assertThat(summary.peakForwardBytes()).hasValue(7 * (30 + 30) * 4);
        assertThat(summary.multiplyAdds()).isEqualTo(7 * (20 * 30 + 30 * 10));
        assertThat(summary.repeatedMultiplyAdds()).hasValue(0);
        assertThat(summary.layers().get(3))
                .isEqualTo(new LayerSummary(
                        "2", "Linear", 1, List.of(new TensorSpec(Shape.of(7, 10), DType.FLOAT)), 300, 0, 7 * 300));
        assertThat(model.summary(new TensorSpec(Shape.of(7, 20), DType.FLOAT))).isEqualTo(summary);
    }

    /** The convolutions of a bottleneck, grouped in the middle: H' W' O (I / groups) k². */
    @Test
    void convolutions() {
        Module model = new Sequential(
                new Conv2d(factory, 8, 16, Window.square(1, 1, 0), 1, false, Initializer.zeros()),
                new Conv2d(factory, 16, 16, Window.square(3, 2, 1), 4, false, Initializer.zeros()),
                new Conv2d(factory, 16, 32, Window.square(1, 1, 0), 1, true, Initializer.zeros()));
        ModelSummary summary = model.summary(Shape.of(2, 12, 12, 8));
        assertThat(summary.layers().stream().map(LayerSummary::multiplyAdds))
                .containsExactly(0L, 2 * 144L * 16 * 8, 2 * 36L * 16 * 4 * 9, 2 * 36L * 32 * 16);
    }

    /** Projections 4 B T C², scores and values 2 B T² C. */
    @Test
    void attention() {
        ModelSummary summary = new MultiHeadAttention(factory, 24, 3, true).summary(Shape.of(5, 7, 24));
        assertThat(summary.multiplyAdds()).isEqualTo(4 * 5 * 7 * 24 * 24 + 2 * 5 * 7 * 7 * 24);
    }

    /** Embeddings, blocks of attention behind layer norms, and a fused loss: numbers of tokens and targets → loss. */
    private static final class Transformer extends Module {
        private final Embedding tokens;
        private final Module blocks;
        private final LayerNorm norm;
        private final Parameter head;

        Transformer(ParameterFactory factory, int vocabulary, int width, int depth) {
            tokens = register("tokens", new Embedding(factory, vocabulary, width));
            blocks = register(
                    "blocks",
                    new Sequential(IntStream.range(0, depth)
                            .mapToObj(i -> block(factory, width))
                            .toList()));
            norm = register("norm", new LayerNorm(factory, width));
            head = register("head", factory.create(Shape.of(vocabulary, width), Initializer.zeros()));
        }

        private static Module block(ParameterFactory factory, int width) {
            Module attention =
                    new Sequential(new LayerNorm(factory, width), new MultiHeadAttention(factory, width, 2, true));
            Module feedForward = new Sequential(
                    new LayerNorm(factory, width),
                    new Linear(factory, width, 4L * width, true),
                    Activation.gelu(),
                    new Dropout(0.1),
                    new Linear(factory, 4L * width, width, true));
            return new Sequential(new Residual(attention), new Residual(feedForward));
        }

        @Override
        protected List<Variable> forward(List<Variable> inputs) {
            Variable y = norm.call(blocks.call(tokens.call(inputs.get(0))));
            Variable rows = Reshape.reshape(y, -1, y.shape().dim(-1));
            return List.of(
                    LinearCrossEntropy.linearCrossEntropy(rows, rows.tape().parameter(head), inputs.get(1)));
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"FLOAT", "DOUBLE"})
    void aTransformerIsMeasuredAsPredicted(DType dtype) {
        Module model = new Transformer(new ParameterFactory(root, dtype, 1), 11, 8, 3);
        Tensor ids = root.allocate(Shape.of(4, 6), DType.INT, MemoryKind.INPUT).fill(3);
        Tensor targets =
                root.allocate(Shape.of(24), DType.INT, MemoryKind.INPUT).fill(5);
        ModelSummary summary = model.summary(ids.spec(), targets.spec());
        assertThat(StepFigures.predicted(summary)).isEqualTo(StepFigures.measured(model, List.of(ids, targets)));
        long block = 4L * 24 * 64 + 2 * 4 * 36 * 8 + 2 * 24 * 8 * 32;
        assertThat(summary.multiplyAdds()).isEqualTo(3 * block + 24 * 8 * 11);
    }

    @Test
    void aModelWithoutMemoryMayBeLargerThanAnyMachine() {
        try (Engine shapes = Engine.withoutMemory()) {
            ParameterFactory huge = new ParameterFactory(shapes.scope(""), DType.FLOAT, 1);
            Module model = new Transformer(huge, 1 << 17, 1 << 14, 100);
            TensorSpec ids = new TensorSpec(Shape.of(1_000_000, 2048), DType.INT);
            ModelSummary summary = model.summary(ids, new TensorSpec(Shape.of(1_000_000L * 2048), DType.INT));
            assertThat(summary.parameterBytes()).isGreaterThan(1L << 40);
            assertThat(summary.savedBytes()).isGreaterThan(1L << 54);
            assertThat(shapes.reservedBytes()).isZero();
        }
    }

    @Test
    void normalisedWeightsNeedNoValues() {
        try (Engine shapes = Engine.withoutMemory()) {
            ParameterFactory idle = new ParameterFactory(shapes.scope(""), DType.FLOAT, 1);
            assertThat(normalised(idle).summary(Shape.of(2, 6)))
                    .isEqualTo(normalised(factory).summary(Shape.of(2, 6)));
        }
    }

    private static Module normalised(ParameterFactory factory) {
        return new Sequential(
                new SpectralNorm(factory, new Linear(factory, 6, 4, true)),
                new WeightNorm(factory, new Linear(factory, 4, 3, true)));
    }

    @Test
    void nothingOfTheModelChanges() {
        BatchNorm norm = new BatchNorm(factory, 3);
        int version = norm.statistics().mean().version();
        norm.summary(Shape.of(4, 3));
        assertThat(norm.statistics().mean().version()).isEqualTo(version);
        assertThat(norm.statistics().mean().toDoubles()).containsOnly(0);
    }

    @Test
    void errorsTellTheModule() {
        Module model = new Sequential(Map.of("stem", new Sequential(new Linear(factory, 20, 30, true))));
        assertThatThrownBy(() -> model.summary(Shape.of(7, 21)))
                .isInstanceOf(ShapeException.class)
                .hasMessageStartingWith("linear: inner sizes differ: x [7, 21]")
                .hasMessageEndingWith("; in stem.0 (Linear)");
        Module reading =
                new Sequential(Map.of("gate", new Activation(x -> x.value().item() > 0 ? Tanh.tanh(x) : x)));
        assertThatThrownBy(() -> reading.summary(Shape.of(1)))
                .isInstanceOf(NoValuesException.class)
                .hasMessageStartingWith("summary: gate (Activation) reads values");
    }

    @Test
    void sharedModulesCountOnceAndUnusedOnesAreTold() {
        Linear shared = new Linear(factory, 4, 4, false);
        Module model = new Module() {
            {
                register("shared", shared);
                register("unused", new Linear(factory, 2, 2, false));
            }

            @Override
            protected List<Variable> forward(List<Variable> inputs) {
                return List.of(shared.call(shared.call(inputs.get(0))));
            }
        };
        ModelSummary summary = model.summary(Shape.of(3, 4));
        assertThat(summary.parameters()).isEqualTo(16 + 4);
        assertThat(summary.layers().get(1))
                .extracting(
                        LayerSummary::path, LayerSummary::calls, LayerSummary::parameters, LayerSummary::multiplyAdds)
                .containsExactly("shared", 2, 16L, 2L * 3 * 16);
        assertThat(summary.layers().get(2))
                .extracting(LayerSummary::path, LayerSummary::calls, LayerSummary::parameters)
                .containsExactly("unused", 0, 4L);
        assertThat(summary.toString()).contains("Linear × 2").contains("Linear (never called)");
    }

    @Test
    void theTableAddsUpWhatLiesDeeper() {
        Module model = new Sequential(Map.of(
                "body", new Sequential(new Linear(factory, 4, 4, false), Activation.tanh(), Activation.sigmoid())));
        String table = model.summary(Shape.of(8, 4)).toString(1);
        assertThat(table.lines().map(line -> line.strip().replaceAll(" +", " ")))
                .containsExactly(
                        "path layer output parameters saved bytes multiply-adds",
                        "(model) Sequential FLOAT[8, 4] 0 0 0",
                        "body Sequential FLOAT[8, 4] 16 256 128",
                        "total 16 256 128",
                        "parameters: 64 bytes",
                        "saved for backward: 256 bytes",
                        "peak of activations in forward: 256 bytes",
                        "peak of what is held for backward in a step: 256 bytes",
                        "multiply-adds that a step repeats: 0");
        assertThat(table.lines().limit(4).map(String::length).distinct()).hasSize(1);
        assertThat(model.summary(Shape.of(8, 4)).toString(0).lines()).hasSize(8);
        assertThatThrownBy(() -> model.summary(Shape.of(8, 4)).toString(-1))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void theTableNamesWhoeverHoldsWhatIsNeverCalled() {
        Linear used = new Linear(factory, 4, 4, false);
        Module model = new Module() {
            {
                register("used", used);
                register("unused", new Sequential(new Linear(factory, 2, 2, false), new Linear(factory, 3, 3, false)));
            }

            @Override
            protected List<Variable> forward(List<Variable> inputs) {
                return List.of(used.call(inputs.get(0)));
            }
        };
        assertThat(model.summary(Shape.of(8, 4))
                        .toString(1)
                        .lines()
                        .map(line -> line.strip().replaceAll(" +", " ")))
                .contains("unused (never called) 13 0 0")
                .noneMatch(line -> line.startsWith("unused."));
    }

    @Test
    void anEngineWithoutMemoryForgetsWhatIsWritten() {
        try (Engine shapes = Engine.withoutMemory();
                TensorScope scope = shapes.scope("some.layer")) {
            assertThat(shapes.hasMemory()).isFalse();
            Tensor x = scope.zeros(Shape.of(1L << 40), DType.DOUBLE, MemoryKind.TEMPORARY);
            assertThat(shapes.ledger().liveBytes()).isEqualTo(1L << 43);
            assertThat(x.fill(2).hasValues()).isFalse();
            Tensor y = scope.allocate(Shape.of(2), DType.FLOAT);
            y.set(1, 2).set(1.0, 2.0).copyFrom(scope.allocate(Shape.of(2), DType.FLOAT));
            assertThat(y).hasToString("FLOAT[2]");
            assertThatThrownBy(() -> y.set(1.0)).isInstanceOf(ShapeException.class);
            assertThatThrownBy(y::toDoubles)
                    .isInstanceOf(NoValuesException.class)
                    .hasMessageContaining("of some.layer")
                    .hasMessageContaining("no memory");
            try (Tape tape = Tape.inference(root.child())) {
                Variable real =
                        tape.constant(root.allocate(Shape.of(2, 4), DType.FLOAT).fill(1));
                Module lent = new Linear(new ParameterFactory(scope, DType.FLOAT, 1), 4, 4, false);
                assertThatThrownBy(() -> lent.call(real)).isInstanceOf(NoValuesException.class);
            }
        }
    }

    /** Tells how often somebody looked it up. */
    private static final class LookedUp extends UnaryModule {
        private final AtomicLong lookups;

        LookedUp(AtomicLong lookups) {
            this.lookups = lookups;
        }

        @Override
        protected Variable forward(Variable x) {
            return x;
        }

        @Override
        public int hashCode() {
            lookups.incrementAndGet();
            return System.identityHashCode(this);
        }
    }

    private static double lookupsOfEach(int modules) {
        AtomicLong lookups = new AtomicLong();
        List<Module> links = new ArrayList<>();
        for (int i = 0; i < modules; i++) {
            links.add(new LookedUp(lookups));
        }
        Sequential model = new Sequential(links);
        long before = lookups.get();
        ModelSummary.of(model, List.of(new TensorSpec(Shape.of(1), DType.FLOAT)));
        return (double) (lookups.get() - before) / modules;
    }

    /** A model twice as deep takes twice as long, not four times. */
    @Test
    void noLayerIsLookedForInEveryOther() {
        assertThat(lookupsOfEach(400)).isEqualTo(lookupsOfEach(100)).isLessThan(20);
    }
}
