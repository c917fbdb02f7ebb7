package org.backpropaganda.checkpointing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.function.Predicate;
import org.backpropaganda.autograd.graph.Gradients;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.nn.Activation;
import org.backpropaganda.autograd.nn.BatchNorm;
import org.backpropaganda.autograd.nn.Dropout;
import org.backpropaganda.autograd.nn.GruCell;
import org.backpropaganda.autograd.nn.Linear;
import org.backpropaganda.autograd.nn.LstmCell;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.nn.ParameterFactory;
import org.backpropaganda.autograd.nn.Sequential;
import org.backpropaganda.autograd.op.Add;
import org.backpropaganda.autograd.op.Multiply;
import org.backpropaganda.autograd.op.Scale;
import org.backpropaganda.autograd.op.Sum;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.autograd.tensor.MemoryKind;
import org.backpropaganda.autograd.tensor.NoValuesException;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.backpropaganda.checkpointing.schedule.Online;
import org.backpropaganda.checkpointing.schedule.Revolve;
import org.backpropaganda.checkpointing.schedule.Schedule;
import org.backpropaganda.checkpointing.schedule.ScheduleCosts;
import org.backpropaganda.checkpointing.schedule.ScheduleInterpreter;
import org.backpropaganda.checkpointing.schedule.Storage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Loops that keep some states, against loops that keep everything. */
class CheckpointedScanTest {
    private static final int BATCH = 4;
    private static final int WIDTH = 6;

    /** A loop: its cell, and what it runs on. */
    private enum Case {
        DROPOUT(1, 0, false) {
            @Override
            Module cell(ParameterFactory factory) {
                return new Sequential(
                        new Linear(factory, WIDTH, WIDTH, true),
                        new BatchNorm(factory, WIDTH),
                        new Dropout(0.3),
                        Activation.tanh());
            }
        },
        GRU(1, 1, true) {
            @Override
            Module cell(ParameterFactory factory) {
                return new GruCell(factory, WIDTH, WIDTH, true);
            }
        },
        LSTM(2, 1, true) {
            @Override
            Module cell(ParameterFactory factory) {
                return new LstmCell(factory, WIDTH, WIDTH, true);
            }
        },
        SOLVER(2, 0, false) {
            /** A step of Heun's rule for x' = tanh(linear(x) + c), in which c stays as it is. */
            @Override
            Module cell(ParameterFactory factory) {
                return new Heun(factory);
            }
        };

        private final int states;
        private final int own;
        private final boolean inputsFirst;

        Case(int states, int own, boolean inputsFirst) {
            this.states = states;
            this.own = own;
            this.inputsFirst = inputsFirst;
        }

        abstract Module cell(ParameterFactory factory);

        Module plain(ParameterFactory factory, int steps) {
            return new PlainLoop(cell(factory), states, inputsFirst, steps, CheckpointedScanTest::never);
        }

        CheckpointedScan.Builder scan(ParameterFactory factory) {
            CheckpointedScan.Builder builder =
                    CheckpointedScan.of(cell(factory)).states(states);
            return inputsFirst ? builder.inputsFirst() : builder;
        }
    }

    private static final class Heun extends Module {
        private final Module slope;

        Heun(ParameterFactory factory) {
            slope = register("slope", new Sequential(new Linear(factory, WIDTH, WIDTH, false), Activation.tanh()));
        }

        @Override
        protected List<Variable> forward(List<Variable> inputs) {
            Variable x = inputs.get(0);
            Variable c = inputs.get(1);
            Variable first = Multiply.multiply(slope.call(x), c);
            Variable second = Multiply.multiply(slope.call(Add.add(x, Scale.scale(first, 0.1, 0))), c);
            return List.of(Add.add(x, Scale.scale(Add.add(first, second), 0.05, 0)), c);
        }
    }

    private static boolean never(List<Tensor> state) {
        return state.isEmpty();
    }

    private static Tensor random(TensorScope scope, DType dtype, long seed) {
        Tensor tensor = scope.allocate(Shape.of(BATCH, WIDTH), dtype);
        return tensor.set(
                new SplittableRandom(seed).doubles(tensor.elements(), -1, 1).toArray());
    }

    /** All results and gradients of a step, and all buffers behind it. */
    private static Map<String, double[]> step(DType dtype, int inputs, Function<ParameterFactory, Module> make) {
        try (Engine engine = Engine.builder().threads(1).build();
                TensorScope root = engine.scope("")) {
            Module model = make.apply(new ParameterFactory(root, dtype, 5));
            Map<String, double[]> values = new LinkedHashMap<>();
            try (TensorScope scope = root.child();
                    Tape tape = Tape.training(scope, 3)) {
                List<Variable> x = new ArrayList<>();
                for (int i = 0; i < inputs; i++) {
                    x.add(tape.leaf(random(scope, dtype, i)));
                }
                Variable loss = null;
                for (Variable y : model.call(x)) {
                    values.put("y" + values.size(), y.value().toDoubles());
                    Variable part = Sum.sum(Multiply.multiply(y, y));
                    loss = loss == null ? part : Add.add(loss, part);
                }
                try (Gradients gradients = tape.backward(loss)) {
                    model.parameters().forEach((name, p) -> put(values, name, gradients.of(p)));
                }
                for (int i = 0; i < inputs; i++) {
                    put(values, "x" + i, tape.gradient(x.get(i)));
                }
                assertThat(engine.ledger().liveBytes(MemoryKind.ACTIVATION)).isZero();
            }
            model.buffers().forEach((name, buffer) -> values.put(name, buffer.toDoubles()));
            return values;
        }
    }

    private static void put(Map<String, double[]> values, String name, Tensor gradient) {
        if (gradient != null) {
            values.put(name, gradient.toDoubles());
        }
    }

    private static void assertSame(Map<String, double[]> actual, Map<String, double[]> expected) {
        assertThat(actual.keySet()).isEqualTo(expected.keySet());
        expected.forEach((name, values) -> assertThat(actual.get(name)).as(name).containsExactly(values));
    }

    @ParameterizedTest
    @EnumSource
    void everyBitIsThatOfThePlainLoop(Case loop) {
        int steps = 7;
        int inputs = loop.states + steps * loop.own;
        for (DType dtype : List.of(DType.FLOAT, DType.DOUBLE)) {
            Map<String, double[]> plain = step(dtype, inputs, f -> loop.plain(f, steps));
            assertThat(plain).hasSizeGreaterThan(inputs);
            assertSame(step(dtype, inputs, f -> loop.scan(f).steps(steps).build()), plain);
            for (Schedule schedule : List.of(new Revolve(steps, 2), new Online(2), new Online(1))) {
                assertSame(
                        step(
                                dtype,
                                inputs,
                                f -> loop.scan(f)
                                        .steps(steps)
                                        .schedule(schedule)
                                        .build()),
                        plain);
            }
            assertSame(
                    step(
                            dtype,
                            inputs,
                            f -> Checkpoint.checkpoint(loop.scan(f)
                                    .steps(steps)
                                    .schedule(new Revolve(steps, 1))
                                    .build())),
                    plain);
        }
    }

    private static boolean isSmall(List<Tensor> state) {
        return Arrays.stream(state.get(0).toDoubles()).allMatch(x -> Math.abs(x) < 0.3);
    }

    private static Module halving(ParameterFactory factory, AtomicInteger calls) {
        return new Sequential(
                new Linear(factory, WIDTH, WIDTH, true), Activation.tanh(), new Dropout(0.1), new Activation(x -> {
                    calls.incrementAndGet();
                    return Scale.scale(x, 0.5, 0);
                }));
    }

    @Test
    void theStateTellsWhenToEnd() {
        AtomicInteger plainCalls = new AtomicInteger();
        AtomicInteger calls = new AtomicInteger();
        Map<String, double[]> plain = step(
                DType.DOUBLE,
                1,
                f -> new PlainLoop(halving(f, plainCalls), 1, false, 100, CheckpointedScanTest::isSmall));
        assertThat(plainCalls).hasValueBetween(2, 20);
        Map<String, double[]> actual = step(
                DType.DOUBLE,
                1,
                f -> CheckpointedScan.of(halving(f, calls))
                        .until(CheckpointedScanTest::isSmall)
                        .schedule(new Online(2))
                        .build());
        assertSame(actual, plain);
        assertThat(calls.get()).isEqualTo((int) ScheduleInterpreter.run(new Online(2), plainCalls.get(), Map.of())
                .forwardSteps());
    }

    @Test
    void aLoopMayTakeNoStep() {
        Map<String, double[]> values = step(
                DType.DOUBLE,
                1,
                f -> CheckpointedScan.of(halving(f, new AtomicInteger()))
                        .until(state -> true)
                        .schedule(new Online(2))
                        .build());
        assertThat(values).containsOnlyKeys("y0", "x0");
    }

    /** (x, t) → (tanh(linear(x)), t + 1). */
    private static final class Timed extends Module {
        private final Module body;

        Timed(ParameterFactory factory, int[] evaluations) {
            body = register("body", new Twelve.Block(factory, Twelve.Kind.PLAIN, () -> evaluations[0]++));
        }

        @Override
        protected List<Variable> forward(List<Variable> inputs) {
            return List.of(body.call(inputs.get(0)), Scale.scale(inputs.get(1), 1, 1));
        }
    }

    /** What many steps gave. */
    private record Run(Map<String, double[]> values, int evaluations, long peakBytes) {}

    private static Run run(Function<Module, Module> loop) {
        int[] evaluations = {0};
        try (Engine engine = Engine.builder().threads(1).build();
                TensorScope root = engine.scope("")) {
            Module model = loop.apply(new Timed(new ParameterFactory(root, DType.DOUBLE, 5), evaluations));
            Map<String, double[]> values = new LinkedHashMap<>();
            engine.ledger().resetPeak();
            try (TensorScope scope = root.child();
                    Tape tape = Tape.training(scope, 3)) {
                Variable x = tape.leaf(random(scope, DType.DOUBLE, 1));
                Variable t = tape.constant(scope.zeros(Shape.of(1), DType.DOUBLE, MemoryKind.TEMPORARY));
                Variable loss = Sum.sum(model.call(List.of(x, t)).get(0));
                try (Gradients gradients = tape.backward(loss)) {
                    model.parameters().forEach((name, p) -> put(values, name, gradients.of(p)));
                }
                put(values, "x", tape.gradient(x));
            }
            return new Run(values, evaluations[0], engine.ledger().peakBytes(MemoryKind.ACTIVATION));
        }
    }

    /**
     * C(13 + 4, 4) ≥ 1,000: no step is computed more than 4 + 1 times. The peak is that of 13 states and of a recorded step,
     * which saves its input and its result.
     */
    @Test
    void onlineOverAThousandStepsHoldsAsMuchAsOverHalfOfThem(TestReporter reporter) {
        Online online = new Online(13);
        long[] peaks = new long[2];
        for (int i = 0; i < 2; i++) {
            int steps = i == 0 ? 500 : 1000;
            Predicate<List<Tensor>> done = state -> state.get(1).item() >= steps;
            Run plain = run(cell -> new PlainLoop(cell, 2, false, Integer.MAX_VALUE, done));
            Run actual = run(cell ->
                    CheckpointedScan.of(cell).until(done).schedule(online).build());
            assertThat(actual.values().keySet())
                    .isEqualTo(plain.values().keySet())
                    .hasSize(3);
            plain.values()
                    .forEach((name, values) -> assertThat(actual.values().get(name))
                            .as(name)
                            .usingComparatorWithPrecision(1e-12)
                            .containsExactly(values));
            ScheduleCosts costs = ScheduleInterpreter.run(online, steps, Map.of(Storage.RAM, 13));
            assertThat(actual.evaluations()).isEqualTo((int) costs.forwardSteps());
            assertThat(costs.mostOfOneStep()).isLessThanOrEqualTo(5);
            reporter.publishEntry(
                    "online, 13 slots, " + steps + " steps",
                    actual.evaluations() + " forwards; the optimum offline is "
                            + new Revolve(steps, 13).forwardSteps());
            peaks[i] = actual.peakBytes();
        }
        assertThat(new Revolve(1000, 13).forwardSteps()).isEqualTo(4320);
        long state = Twelve.TENSOR_BYTES + 8;
        assertThat(peaks).containsOnly(13 * state + 2 * Twelve.TENSOR_BYTES);
    }

    @Test
    void whatDoesNotFitIsRefused() {
        try (Engine engine = Engine.builder().threads(1).build();
                TensorScope root = engine.scope("")) {
            Module cell = new Linear(new ParameterFactory(root, DType.DOUBLE, 1), WIDTH, WIDTH + 1, true);
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> CheckpointedScan.of(cell).build())
                    .withMessageContaining("give steps or until");
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> CheckpointedScan.of(cell)
                            .until(CheckpointedScanTest::never)
                            .build())
                    .withMessageContaining("give one for an unknown number of steps");
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> CheckpointedScan.of(cell)
                            .steps(4)
                            .schedule(new Revolve(5, 2))
                            .build())
                    .withMessageContaining("is made for 5 steps");
            try (Tape tape = Tape.training(root, 1)) {
                Variable x = tape.leaf(random(root, DType.DOUBLE, 1));
                assertThatIllegalStateException()
                        .isThrownBy(
                                () -> CheckpointedScan.of(cell).steps(4).build().call(x))
                        .withMessage("scan: state 0 is DOUBLE[4, 6], behind step 0 it is DOUBLE[4, 7]; let it keep its"
                                + " shape and element type");
                assertThatIllegalArgumentException()
                        .isThrownBy(() -> CheckpointedScan.of(cell)
                                .states(1)
                                .steps(4)
                                .build()
                                .call(List.of(x, x)))
                        .withMessageContaining("give as many others to each of 4 steps");
            }
        }
        try (Engine shapes = Engine.withoutMemory();
                TensorScope root = shapes.scope("");
                Tape tape = Tape.training(root, 1)) {
            Module cell = new Linear(new ParameterFactory(root, DType.DOUBLE, 1), WIDTH, WIDTH, true);
            Variable x = tape.leaf(root.allocate(Shape.of(BATCH, WIDTH), DType.DOUBLE));
            assertThatThrownBy(() -> CheckpointedScan.of(cell)
                            .until(CheckpointedScanTest::never)
                            .schedule(new Online(2))
                            .build()
                            .call(x))
                    .isInstanceOf(NoValuesException.class)
                    .hasMessageContaining("say how many it takes at most");
        }
    }
}
