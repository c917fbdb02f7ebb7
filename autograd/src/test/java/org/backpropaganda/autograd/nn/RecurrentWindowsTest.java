package org.backpropaganda.autograd.nn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.Function;
import java.util.stream.DoubleStream;
import java.util.stream.Stream;
import org.backpropaganda.autograd.graph.Gradients;
import org.backpropaganda.autograd.graph.Parameter;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.op.Concat;
import org.backpropaganda.autograd.op.Reshape;
import org.backpropaganda.autograd.op.Rnn.Nonlinearity;
import org.backpropaganda.autograd.op.Slice;
import org.backpropaganda.autograd.op.Sum;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.autograd.tensor.MemoryKind;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.ShapeException;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Sequences in one call, in a loop of cells, and in windows. */
class RecurrentWindowsTest {
    private static final int STEPS = 11;
    private static final int BATCH = 3;
    private static final int INPUTS = 4;
    private static final int WIDTH = 5;

    private final Engine engine = Engine.builder().threads(2).build();
    private final TensorScope root = engine.scope("");
    private final Tensor x = root.allocate(Shape.of(STEPS, BATCH, INPUTS), DType.DOUBLE, MemoryKind.INPUT)
            .set(new SplittableRandom(3)
                    .doubles((long) STEPS * BATCH * INPUTS, -1, 1)
                    .toArray());

    @AfterEach
    void close() {
        engine.close();
    }

    /** A layer, and the cell that it is made of. */
    private record Kind(
            String name,
            int states,
            Function<ParameterFactory, RecurrentModule> layer,
            Function<ParameterFactory, Module> cell) {
        @Override
        public String toString() {
            return name;
        }
    }

    private static Stream<Kind> kinds() {
        return Stream.of(
                new Kind("LSTM", 2, f -> new Lstm(f, INPUTS, WIDTH), f -> new LstmCell(f, INPUTS, WIDTH, true)),
                new Kind("GRU", 1, f -> new Gru(f, INPUTS, WIDTH), f -> new GruCell(f, INPUTS, WIDTH, true)),
                new Kind(
                        "tanh",
                        1,
                        f -> new Rnn(f, INPUTS, WIDTH),
                        f -> new RnnCell(f, INPUTS, WIDTH, Nonlinearity.TANH, true)),
                new Kind(
                        "ReLU",
                        1,
                        f -> new Rnn(f, INPUTS, WIDTH, Nonlinearity.RELU, RecurrentSettings.ONE_LAYER),
                        f -> new RnnCell(f, INPUTS, WIDTH, Nonlinearity.RELU, true)));
    }

    private ParameterFactory factory() {
        return new ParameterFactory(root, DType.DOUBLE, 7);
    }

    private List<Double> gradients(Gradients gradients, Module module) {
        List<Double> all = new ArrayList<>();
        for (Map.Entry<String, Parameter> entry : module.parameters().entrySet()) {
            Tensor gradient = gradients.of(entry.getValue());
            assertThat(gradient).as(entry.getKey()).isNotNull();
            DoubleStream.of(gradient.toDoubles()).forEach(all::add);
        }
        return all;
    }

    private static void assertClose(List<Double> actual, List<Double> expected) {
        assertThat(actual).hasSameSizeAs(expected);
        for (int i = 0; i < actual.size(); i++) {
            assertThat(actual.get(i)).as("element %d", i).isCloseTo(expected.get(i), within(1e-12));
        }
    }

    /** Outputs and last states, then gradients of the sum of all of them. */
    private List<Double> computed(Module module, int states, Function<List<Variable>, List<Variable>> run) {
        List<Double> numbers = new ArrayList<>();
        try (TensorScope step = root.child();
                Tape tape = Tape.training(step, 1)) {
            List<Variable> inputs = new ArrayList<>(List.of(tape.leaf(x)));
            for (int i = 0; i < states; i++) {
                Tensor state = step.allocate(Shape.of(1, BATCH, WIDTH), DType.DOUBLE);
                inputs.add(tape.leaf(state.set(new SplittableRandom(i)
                        .doubles((long) BATCH * WIDTH, -1, 1)
                        .toArray())));
            }
            List<Variable> results = run.apply(inputs);
            for (Variable result : results) {
                Arrays.stream(result.value().toDoubles()).forEach(numbers::add);
            }
            List<Tensor> ones = results.stream()
                    .map(r -> step.allocate(r.shape(), r.dtype()).fill(1))
                    .toList();
            try (Gradients gradients = tape.backward(results, ones)) {
                numbers.addAll(gradients(gradients, module));
                for (Variable input : inputs) {
                    Tensor gradient = tape.gradient(input);
                    assertThat(gradient).isNotNull();
                    Arrays.stream(gradient.toDoubles()).forEach(numbers::add);
                }
            }
        }
        return numbers;
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void aLayerIsALoopOfCells(Kind kind) {
        RecurrentModule layer = kind.layer.apply(factory());
        Module cell = kind.cell.apply(factory());
        List<Double> whole = computed(layer, kind.states, layer::call);
        List<Double> loop = computed(cell, kind.states, inputs -> {
            List<Variable> state = new ArrayList<>();
            inputs.subList(1, inputs.size()).forEach(s -> state.add(Reshape.reshape(s, BATCH, WIDTH)));
            List<Variable> said = new ArrayList<>();
            for (int t = 0; t < STEPS; t++) {
                List<Variable> all = new ArrayList<>();
                all.add(Reshape.reshape(Slice.slice(inputs.get(0), 0, t, 1), BATCH, INPUTS));
                all.addAll(state);
                List<Variable> next = cell.call(all);
                state.clear();
                state.addAll(next);
                said.add(Reshape.reshape(next.get(0), 1, BATCH, WIDTH));
            }
            List<Variable> results = new ArrayList<>();
            results.add(Concat.concat(0, said.toArray(Variable[]::new)));
            state.forEach(s -> results.add(Reshape.reshape(s, 1, BATCH, WIDTH)));
            return results;
        });
        assertClose(whole, loop);
    }

    private static Stream<Function<ParameterFactory, RecurrentModule>> stacks() {
        RecurrentSettings two = RecurrentSettings.layers(2);
        return Stream.of(
                f -> new Lstm(f, INPUTS, WIDTH, two),
                f -> new Lstm(f, INPUTS, WIDTH, two.withConstantStates()),
                f -> new Gru(f, INPUTS, WIDTH, two),
                f -> new Rnn(f, INPUTS, WIDTH, Nonlinearity.TANH, two));
    }

    private Variable part(Tape tape, int from, int count) {
        return Slice.slice(tape.constant(x), 0, from, count);
    }

    @ParameterizedTest
    @MethodSource("stacks")
    void windowsWithCarriedStateSayWhatTheWholeSays(Function<ParameterFactory, RecurrentModule> stack) {
        RecurrentModule module = stack.apply(factory());
        List<Double> whole = new ArrayList<>();
        List<Double> windows = new ArrayList<>();
        try (TensorScope scope = root.child();
                Tape tape = Tape.inference(scope)) {
            Arrays.stream(module.call(tape.constant(x)).value().toDoubles()).forEach(whole::add);
        }
        long live = engine.ledger().liveBytes();
        try (RecurrentState state = module.zeroState(root, BATCH)) {
            long states = (module instanceof Lstm ? 2L : 1L) * 2 * BATCH * WIDTH * Double.BYTES;
            for (int from = 0; from < STEPS; from += 4) {
                int count = Math.min(4, STEPS - from);
                try (TensorScope scope = root.child();
                        Tape tape = Tape.training(scope, 1)) {
                    Variable y = state.carry(module.call(state.with(part(tape, from, count))));
                    Arrays.stream(y.value().toDoubles()).forEach(windows::add);
                    tape.backward(Sum.sum(y)).close();
                }
                assertThat(engine.ledger().liveBytes()).isEqualTo(live + states);
            }
        }
        assertThat(engine.ledger().liveBytes()).isEqualTo(live);
        assertClose(windows, whole);
    }

    /** The second window's gradients are those of a sequence that starts there from constants. */
    @ParameterizedTest
    @MethodSource("stacks")
    void gradientsStopWhereAWindowStarts(Function<ParameterFactory, RecurrentModule> stack) {
        RecurrentModule module = stack.apply(factory());
        List<Double> carried;
        List<double[]> start;
        try (RecurrentState state = module.zeroState(root, BATCH);
                TensorScope scope = root.child()) {
            try (Tape tape = Tape.training(scope, 1)) {
                state.carry(module.call(state.with(part(tape, 0, 6))));
            }
            start = state.tensors().stream().map(Tensor::toDoubles).toList();
            try (Tape tape = Tape.training(scope, 1)) {
                Variable y = state.carry(module.call(state.with(part(tape, 6, 5))));
                try (Gradients gradients = tape.backward(Sum.sum(y))) {
                    carried = gradients(gradients, module);
                }
            }
        }
        try (TensorScope scope = root.child();
                Tape tape = Tape.training(scope, 1)) {
            List<Variable> inputs = new ArrayList<>(List.of(part(tape, 6, 5)));
            for (double[] values : start) {
                inputs.add(tape.constant(
                        scope.allocate(Shape.of(2, BATCH, WIDTH), DType.DOUBLE).set(values)));
            }
            Variable y = module.call(inputs).get(0);
            try (Gradients gradients = tape.backward(Sum.sum(y))) {
                assertThat(carried).isEqualTo(gradients(gradients, module));
            }
        }
    }

    @Test
    void batchFirstIsATranspose() {
        Lstm timeFirst = new Lstm(factory(), INPUTS, WIDTH);
        Lstm batchFirst = new Lstm(factory(), INPUTS, WIDTH, RecurrentSettings.ONE_LAYER.forBatchFirst());
        try (TensorScope scope = root.child();
                Tape tape = Tape.inference(scope)) {
            Variable turned = org.backpropaganda.autograd.op.Transpose.transpose(tape.constant(x), 1, 0, 2);
            Variable y = batchFirst.call(turned);
            assertThat(y.shape()).isEqualTo(Shape.of(BATCH, STEPS, WIDTH));
            assertThat(org.backpropaganda.autograd.op.Transpose.transpose(y, 1, 0, 2)
                            .value()
                            .toDoubles())
                    .isEqualTo(timeFirst.call(tape.constant(x)).value().toDoubles());
        }
    }

    /** With nothing to tell the directions apart, the way back of a reversed sequence says what the way forth says. */
    @Test
    void theWayBackStartsAtTheEnd() {
        Gru module = new Gru(factory(), INPUTS, WIDTH, RecurrentSettings.ONE_LAYER.inBothDirections());
        Map<String, Parameter> parameters = module.parameters();
        parameters.forEach((name, parameter) -> {
            if (name.endsWith("_reverse")) {
                parameter
                        .value()
                        .copyFrom(parameters.get(name.replace("_reverse", "")).value());
            }
        });
        try (TensorScope scope = root.child();
                Tape tape = Tape.inference(scope)) {
            Variable forth = tape.constant(x);
            Variable back =
                    org.backpropaganda.autograd.op.IndexSelect.indexSelect(forth, 0, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0);
            Variable ofForth = module.call(forth);
            Variable ofBack = module.call(back);
            double[] first = Slice.slice(Slice.slice(ofForth, 2, 0, WIDTH), 0, STEPS - 1, 1)
                    .value()
                    .toDoubles();
            double[] last = Slice.slice(Slice.slice(ofBack, 2, WIDTH, WIDTH), 0, 0, 1)
                    .value()
                    .toDoubles();
            assertThat(last).isEqualTo(first);
        }
    }

    @Test
    void parametersAreNamedAndDrawnAsInPyTorch() {
        Lstm lstm = new Lstm(factory(), INPUTS, 16, RecurrentSettings.layers(2).inBothDirections());
        assertThat(lstm.parameters().keySet())
                .hasSize(16)
                .startsWith("weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0", "weight_ih_l0_reverse")
                .endsWith("bias_hh_l1_reverse");
        assertThat(lstm.parameters().get("weight_ih_l1").value().shape()).isEqualTo(Shape.of(64, 32));
        for (Parameter parameter : lstm.parameterList()) {
            assertThat(Arrays.stream(parameter.value().toDoubles())
                            .map(Math::abs)
                            .max()
                            .orElseThrow())
                    .isBetween(0.2, 0.25);
        }
    }

    @Test
    void refusesWhatDoesNotFit() {
        Lstm lstm = new Lstm(factory(), INPUTS, WIDTH);
        try (RecurrentState state = lstm.zeroState(root, BATCH + 1);
                TensorScope scope = root.child();
                Tape tape = Tape.inference(scope)) {
            Variable given = tape.constant(x);
            assertThatThrownBy(() -> lstm.call(state.with(given)))
                    .isInstanceOf(ShapeException.class)
                    .hasMessageContaining("state [1, 4, 5] must be [1, 3, 5]");
            assertThatThrownBy(() -> lstm.call(List.of(given, given)))
                    .isInstanceOf(ShapeException.class)
                    .hasMessageStartingWith("Lstm: takes x, or x and 2 states");
            assertThatThrownBy(() -> state.carry(lstm.call(List.of(given))))
                    .isInstanceOf(ShapeException.class)
                    .hasMessageContaining("call the module with states");
            assertThatThrownBy(() -> RecurrentSettings.layers(0)).hasMessageContaining("at least one");
        }
    }

    @Test
    void aClosedStateIsRefused() {
        Lstm lstm = new Lstm(factory(), INPUTS, WIDTH);
        RecurrentState state = lstm.zeroState(root, 1);
        state.close();
        assertThatThrownBy(state::tensors).hasMessage("the recurrent state is closed");
        assertThatThrownBy(state::reset).hasMessage("the recurrent state is closed");
        assertThatThrownBy(state::close).hasMessage("the recurrent state is closed");
        try (Tape tape = Tape.training(root, 1)) {
            Variable window = tape.constant(root.zeros(Shape.of(2, 1, INPUTS), DType.DOUBLE, MemoryKind.INPUT));
            assertThatThrownBy(() -> state.with(window)).hasMessage("the recurrent state is closed");
            assertThatThrownBy(() -> state.carry(List.of(window))).hasMessage("the recurrent state is closed");
        }
    }
}
