package org.backpropaganda.checkpointing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.backpropaganda.autograd.graph.Gradients;
import org.backpropaganda.autograd.graph.Parameter;
import org.backpropaganda.autograd.graph.SavedTensorCodec;
import org.backpropaganda.autograd.graph.SavedTensorPolicy;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.nn.Activation;
import org.backpropaganda.autograd.nn.BatchNorm;
import org.backpropaganda.autograd.nn.Dropout;
import org.backpropaganda.autograd.nn.Initializer;
import org.backpropaganda.autograd.nn.Linear;
import org.backpropaganda.autograd.nn.Lstm;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.nn.ParameterFactory;
import org.backpropaganda.autograd.nn.RecurrentSettings;
import org.backpropaganda.autograd.nn.RecurrentState;
import org.backpropaganda.autograd.nn.Residual;
import org.backpropaganda.autograd.nn.Sequential;
import org.backpropaganda.autograd.nn.UnaryModule;
import org.backpropaganda.autograd.op.Add;
import org.backpropaganda.autograd.op.Multiply;
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
import org.junit.jupiter.params.provider.EnumSource;

class CheckpointTest {
    private static final int WIDTH = 8;
    private static final int BATCH = 6;
    private static final int DEPTH = 9;

    private static List<Module> blocks(ParameterFactory factory, AtomicIntegerArray evaluations) {
        List<Module> blocks = new ArrayList<>();
        for (int i = 0; i < DEPTH; i++) {
            int block = i;
            blocks.add(new Residual(new Sequential(
                    new Linear(factory, WIDTH, WIDTH, true),
                    new BatchNorm(factory, WIDTH),
                    Activation.tanh(),
                    new Dropout(0.3),
                    new Activation(x -> {
                        evaluations.incrementAndGet(block);
                        return x;
                    }))));
        }
        return blocks;
    }

    private record Step(Map<String, double[]> values, long savedBytes, List<Integer> evaluations) {}

    private static Step step(DType dtype, Function<List<Module>, Module> arrange) {
        AtomicIntegerArray evaluations = new AtomicIntegerArray(DEPTH);
        try (Engine engine = Engine.builder().threads(2).build();
                TensorScope root = engine.scope("")) {
            Module model = arrange.apply(blocks(new ParameterFactory(root, dtype, 5), evaluations));
            Map<String, double[]> values = new LinkedHashMap<>();
            long saved;
            try (TensorScope scope = root.child();
                    Tape tape = Tape.training(scope, 3)) {
                Variable x = tape.leaf(random(scope, dtype, 1));
                Variable y = model.call(x);
                Variable again = Add.add(model.call(y), Add.add(x, y));
                Variable loss = Sum.sum(Multiply.multiply(again, tape.constant(random(scope, dtype, 2))));
                saved = engine.ledger().liveBytes(MemoryKind.ACTIVATION);
                values.put("loss", loss.value().toDoubles());
                try (Gradients gradients = tape.backward(loss)) {
                    assertThat(engine.ledger().liveBytes(MemoryKind.ACTIVATION)).isZero();
                    model.parameters()
                            .forEach((name, parameter) ->
                                    values.put(name, gradients.of(parameter).toDoubles()));
                }
                values.put("x", tape.gradient(x).toDoubles());
            }
            model.buffers().forEach((name, buffer) -> values.put(name, buffer.toDoubles()));
            assertThat(engine.ledger().liveBytes()).isEqualTo(engine.ledger().liveBytes(MemoryKind.PARAMETER));
            List<Integer> counts = new ArrayList<>();
            for (int i = 0; i < DEPTH; i++) {
                counts.add(evaluations.get(i));
            }
            return new Step(values, saved, counts);
        }
    }

    private static Tensor random(TensorScope scope, DType dtype, long seed) {
        Tensor tensor = scope.allocate(Shape.of(BATCH, WIDTH), dtype, MemoryKind.INPUT);
        return tensor.set(
                new SplittableRandom(seed).doubles(tensor.elements(), -1, 1).toArray());
    }

    private static void assertSameBits(Step actual, Step expected) {
        assertThat(actual.values().keySet()).isEqualTo(expected.values().keySet());
        expected.values()
                .forEach((name, values) ->
                        assertThat(actual.values().get(name)).as(name).containsExactly(values));
    }

    @ParameterizedTest
    @EnumSource(
            value = DType.class,
            names = {"FLOAT", "DOUBLE"})
    void everyBitIsThatOfPlainBackpropagation(DType dtype) {
        Step plain = step(dtype, Sequential::new);
        assertSameBits(step(dtype, CheckpointedSequence::new), plain);
        assertSameBits(
                step(
                        dtype,
                        blocks -> new Sequential(
                                blocks.stream().map(Checkpoint::checkpoint).toList())),
                plain);
        assertSameBits(step(dtype, blocks -> Checkpoint.checkpoint(new CheckpointedSequence(blocks, 4))), plain);
        assertSameBits(
                step(dtype, blocks -> Checkpoint.checkpoint(Checkpoint.checkpoint(new Sequential(blocks)))), plain);
    }

    @Test
    void aBlockThatIsUsedTwiceDrawsTheNumbersOfThePlainSequence() {
        Step plain = step(DType.DOUBLE, blocks -> new Sequential(twice(blocks)));
        assertSameBits(step(DType.DOUBLE, blocks -> new CheckpointedSequence(twice(blocks), 3)), plain);
        assertSameBits(
                step(
                        DType.DOUBLE,
                        blocks -> new Sequential(twice(blocks).stream()
                                .map(Checkpoint::checkpoint)
                                .toList())),
                plain);
        assertSameBits(
                step(DType.DOUBLE, blocks -> Checkpoint.checkpoint(new CheckpointedSequence(twice(blocks), 5))), plain);
    }

    private static List<Module> twice(List<Module> blocks) {
        List<Module> all = new ArrayList<>(blocks);
        all.addAll(blocks);
        return all;
    }

    @Test
    void resultsWithoutGradientsPassThrough() {
        try (Engine engine = Engine.create();
                TensorScope root = engine.scope("");
                Tape tape = Tape.training(root, 1)) {
            Module body = new Module() {
                @Override
                protected List<Variable> forward(List<Variable> inputs) {
                    return List.of(inputs.get(1), Multiply.multiply(inputs.get(0), inputs.get(0)));
                }
            };
            Variable x = tape.leaf(random(root, DType.DOUBLE, 1));
            Variable labels = tape.constant(
                    root.allocate(Shape.of(2), DType.INT, MemoryKind.INPUT).set(new int[] {3, 4}));
            List<Variable> results = Checkpoint.checkpoint(body).call(List.of(x, labels));
            assertThat(results.get(0).value().toDoubles()).containsExactly(3, 4);
            tape.backward(Sum.sum(results.get(1))).close();
            double[] values = x.value().toDoubles();
            double[] gradient = tape.gradient(x).toDoubles();
            for (int i = 0; i < values.length; i++) {
                assertThat(gradient[i]).isEqualTo(2 * values[i]);
            }
        }
    }

    @Test
    void blocksRunTwiceButForTheLastSegment() {
        assertThat(step(DType.FLOAT, Sequential::new).evaluations()).containsOnly(2);
        assertThat(step(DType.FLOAT, CheckpointedSequence::new).evaluations())
                .containsExactly(4, 4, 4, 4, 4, 4, 2, 2, 2);
    }

    /** Side by side with a used one; what it kept is freed all the same. */
    @Test
    void aCheckpointThatNoGradientReachesIsNotComputedAgain() {
        AtomicIntegerArray evaluations = new AtomicIntegerArray(DEPTH);
        try (Engine engine = Engine.builder().threads(1).build();
                TensorScope root = engine.scope("")) {
            List<Module> blocks = blocks(new ParameterFactory(root, DType.DOUBLE, 5), evaluations);
            Module used = Checkpoint.checkpoint(blocks.get(0));
            Module unused = Checkpoint.checkpoint(blocks.get(1));
            try (TensorScope scope = root.child();
                    Tape tape = Tape.training(scope, 3)) {
                Variable x = tape.leaf(random(scope, DType.DOUBLE, 1));
                Variable loss = Sum.sum(used.call(x));
                assertThat(unused.call(x).requiresGradient()).isTrue();
                tape.backward(loss).close();
                assertThat(engine.ledger().liveBytes(MemoryKind.ACTIVATION)).isZero();
            }
        }
        assertThat(evaluations.get(0)).isEqualTo(2);
        assertThat(evaluations.get(1)).isEqualTo(1);
    }

    @Test
    void aCheckpointSavesItsInputAlone() {
        long input = 4L * BATCH * WIDTH;
        Step whole = step(DType.FLOAT, blocks -> Checkpoint.checkpoint(new Sequential(blocks)));
        assertThat(whole.savedBytes()).isEqualTo(input);
        assertThat(step(DType.FLOAT, CheckpointedSequence::new).savedBytes())
                .isLessThan(step(DType.FLOAT, Sequential::new).savedBytes() / 2);
    }

    @Test
    void segmentsDifferByOneAtMost() {
        try (Engine engine = Engine.create();
                TensorScope root = engine.scope("")) {
            List<Module> blocks = blocks(new ParameterFactory(root, DType.FLOAT, 1), new AtomicIntegerArray(DEPTH));
            CheckpointedSequence sequence = new CheckpointedSequence(blocks, 4);
            assertThat(List.of(
                            sequence.start(0),
                            sequence.start(1),
                            sequence.start(2),
                            sequence.start(3),
                            sequence.start(4)))
                    .containsExactly(0, 3, 5, 7, 9);
            assertThatThrownBy(() -> new CheckpointedSequence(blocks, 10)).hasMessageContaining("between 1 and");
        }
    }

    @Test
    void aParameterAsInputIsRememberedAndNotPacked() {
        try (Engine engine = Engine.builder().threads(1).build();
                TensorScope root = engine.scope("")) {
            Parameter parameter =
                    new ParameterFactory(root, DType.DOUBLE, 1).create(Shape.of(3), Initializer.constant(0.5));
            SavedTensorPolicy policy = saving -> {
                assertThat(saving.tensor().sharesBytesWith(parameter.value())).isFalse();
                return SavedTensorCodec.keep();
            };
            try (Tape tape = Tape.builder(root).policy(policy).build()) {
                Variable y = Checkpoint.checkpoint(new Activation(x -> Multiply.multiply(x, Tanh.tanh(x))))
                        .call(tape.parameter(parameter));
                try (Gradients gradients = tape.backward(Sum.sum(y))) {
                    Tensor gradient = gradients.of(parameter);
                    assertThat(gradient).isNotNull();
                    double tanh = Math.tanh(0.5);
                    assertThat(gradient.toDoubles()[0]).isCloseTo(tanh + 0.5 * (1 - tanh * tanh), within(1e-14));
                }
            }
        }
    }

    /** Layers with dropout between them, given states and a sequence. */
    private static Map<String, double[]> recurrentStep(boolean checkpointed) {
        Map<String, double[]> values = new LinkedHashMap<>();
        try (Engine engine = Engine.builder().threads(2).build();
                TensorScope root = engine.scope("")) {
            Lstm lstm = new Lstm(
                    new ParameterFactory(root, DType.FLOAT, 5),
                    3,
                    WIDTH,
                    RecurrentSettings.layers(2).withDropout(0.3));
            Module model = checkpointed ? Checkpoint.checkpoint(lstm) : lstm;
            try (TensorScope scope = root.child();
                    RecurrentState state = lstm.zeroState(scope, BATCH);
                    Tape tape = Tape.training(scope, 3)) {
                Tensor x = scope.allocate(Shape.of(5, BATCH, 3), DType.FLOAT, MemoryKind.INPUT);
                x.set(new SplittableRandom(1).doubles(x.elements(), -1, 1).toArray());
                List<Variable> results = model.call(state.with(tape.leaf(x)));
                Variable loss = Add.add(Sum.sum(results.get(0)), Sum.sum(results.get(2)));
                values.put("loss", loss.value().toDoubles());
                try (Gradients gradients = tape.backward(loss)) {
                    model.parameters()
                            .forEach((name, parameter) ->
                                    values.put(name, gradients.of(parameter).toDoubles()));
                }
            }
        }
        return values;
    }

    @Test
    void recurrentLayersAreComputedAgainToTheSameBits() {
        Map<String, double[]> plain = recurrentStep(false);
        Map<String, double[]> checkpointed = recurrentStep(true);
        assertThat(checkpointed.keySet()).isEqualTo(plain.keySet()).hasSize(9);
        plain.forEach(
                (name, expected) -> assertThat(checkpointed.get(name)).as(name).containsExactly(expected));
    }

    /** An LSTM that goes on where its last call ended. */
    private static final class Remembering extends UnaryModule {
        private final Lstm lstm;
        private final RecurrentState state;

        Remembering(ParameterFactory factory, TensorScope scope) {
            lstm = register("lstm", new Lstm(factory, 3, WIDTH, RecurrentSettings.layers(1)));
            state = lstm.zeroState(scope, BATCH);
        }

        @Override
        protected Variable forward(Variable x) {
            return state.carry(lstm.call(state.with(x)));
        }
    }

    /** Three windows: in the one whose replay is compared, the module has moved on already. */
    private static List<double[]> remembered(UnaryOperator<Module> arrange, int callsAStep) {
        List<double[]> values = new ArrayList<>();
        try (Engine engine = Engine.builder().threads(1).build();
                TensorScope root = engine.scope("")) {
            Remembering module = new Remembering(new ParameterFactory(root, DType.DOUBLE, 5), root);
            Module model = arrange.apply(module);
            for (int step = 0; step < 3; step++) {
                try (TensorScope scope = root.child();
                        Tape tape = Tape.training(scope, 3)) {
                    Tensor x = scope.allocate(Shape.of(5, BATCH, 3), DType.DOUBLE, MemoryKind.INPUT);
                    x.set(new SplittableRandom(step)
                            .doubles(x.elements(), -1, 1)
                            .toArray());
                    Variable loss = Sum.sum(model.call(tape.leaf(x)));
                    for (int call = 1; call < callsAStep; call++) {
                        loss = Add.add(loss, Sum.sum(model.call(tape.leaf(x))));
                    }
                    values.add(loss.value().toDoubles());
                    try (Gradients gradients = tape.backward(loss)) {
                        module.parameterList()
                                .forEach(parameter ->
                                        values.add(gradients.of(parameter).toDoubles()));
                    }
                }
            }
            long states = 2L * BATCH * WIDTH * 8;
            assertThat(engine.ledger().liveBytes(MemoryKind.INPUT)).isEqualTo(states);
            module.state.close();
        }
        return values;
    }

    @Test
    void aStateThatAModuleKeepsIsReplayedAsTheFirstRunSawIt() {
        for (int calls : List.of(1, 2)) {
            List<double[]> plain = remembered(module -> module, calls);
            assertThat(remembered(Checkpoint::checkpoint, calls))
                    .usingRecursiveComparison()
                    .isEqualTo(plain);
            assertThat(remembered(
                            module -> Checkpoint.checkpoint(new Sequential(Checkpoint.checkpoint(module))), calls))
                    .usingRecursiveComparison()
                    .isEqualTo(plain);
        }
    }
}
