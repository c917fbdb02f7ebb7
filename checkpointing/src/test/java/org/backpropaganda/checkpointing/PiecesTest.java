package org.backpropaganda.checkpointing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.backpropaganda.autograd.graph.Gradients;
import org.backpropaganda.autograd.graph.ReplayCheck;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.graph.TapeBuilder;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.kernel.Window;
import org.backpropaganda.autograd.nn.Activation;
import org.backpropaganda.autograd.nn.BatchNorm;
import org.backpropaganda.autograd.nn.Conv2d;
import org.backpropaganda.autograd.nn.Dropout;
import org.backpropaganda.autograd.nn.LayerNorm;
import org.backpropaganda.autograd.nn.Linear;
import org.backpropaganda.autograd.nn.Lstm;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.nn.MultiHeadAttention;
import org.backpropaganda.autograd.nn.ParameterFactory;
import org.backpropaganda.autograd.nn.RecurrentSettings;
import org.backpropaganda.autograd.nn.Residual;
import org.backpropaganda.autograd.nn.Sequential;
import org.backpropaganda.autograd.nn.SinusoidalEncoding;
import org.backpropaganda.autograd.op.Add;
import org.backpropaganda.autograd.op.Mean;
import org.backpropaganda.autograd.op.Multiply;
import org.backpropaganda.autograd.op.Ops;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.autograd.tensor.MemoryKind;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.backpropaganda.checkpointing.schedule.Revolve;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Modules that run in pieces, beside the same modules that do not. */
class PiecesTest {
    private static final int WIDTH = 4;
    private static final double ROUNDING = 1e-12;

    private final Engine engine = Engine.builder().threads(1).build();
    private final TensorScope root = engine.scope("");

    @AfterEach
    void close() {
        engine.close();
    }

    private ParameterFactory factory(DType dtype) {
        return new ParameterFactory(root, dtype, 5);
    }

    private Tensor input(DType dtype, long seed, long... shape) {
        Tensor tensor = root.allocate(Shape.of(shape), dtype, MemoryKind.INPUT);
        return tensor.set(
                new SplittableRandom(seed).doubles(tensor.elements(), -1, 1).toArray());
    }

    /** A body, and the inputs that it takes. */
    private record Body(String name, Function<ParameterFactory, Module> of, List<long[]> inputs) {
        @Override
        public String toString() {
            return name;
        }
    }

    private static Body body(String name, Function<ParameterFactory, Module> of, long[]... inputs) {
        return new Body(name, of, List.of(inputs));
    }

    private static long[] shape(long... dims) {
        return dims;
    }

    private static Module feedForward(ParameterFactory f) {
        return new Sequential(
                new LayerNorm(f, WIDTH),
                new Linear(f, WIDTH, 3 * WIDTH, true),
                Activation.geluTanh(),
                new Linear(f, 3 * WIDTH, WIDTH, true));
    }

    private static Module transformer(ParameterFactory f) {
        return new Sequential(
                new Residual(new Sequential(new LayerNorm(f, WIDTH), new MultiHeadAttention(f, WIDTH, 2, true))),
                new Residual(feedForward(f)));
    }

    /** A layer that is called twice. */
    private static Module tied(ParameterFactory f) {
        Linear shared = new Linear(f, WIDTH, WIDTH, true);
        return new Block(in -> List.of(shared.call(Ops.tanh(shared.call(in.get(0))))), shared);
    }

    /** (x, z) → (x + tanh(f(z)), z · x). */
    private static Module streams(ParameterFactory f) {
        Linear linear = new Linear(f, WIDTH, WIDTH, true);
        return new Block(
                in -> List.of(
                        Add.add(in.get(0), Ops.tanh(linear.call(in.get(1)))), Multiply.multiply(in.get(1), in.get(0))),
                linear);
    }

    static Stream<Body> bodies() {
        return Stream.of(
                body("linear", f -> new Linear(f, WIDTH, 3, true), shape(7, WIDTH)),
                body("a transformer block", PiecesTest::transformer, shape(5, 3, WIDTH)),
                body("attention", f -> new MultiHeadAttention(f, WIDTH, 2, false), shape(5, 3, WIDTH)),
                body(
                        "a convolution",
                        f -> new Sequential(new Conv2d(f, 2, 3, Window.square(3, 1, 1), true), Activation.relu()),
                        shape(5, 4, 4, 2)),
                body("a layer called twice", PiecesTest::tied, shape(6, WIDTH)),
                body("streams", PiecesTest::streams, shape(6, WIDTH), shape(6, WIDTH)),
                body("what is passed through", f -> new Block(List::copyOf), shape(6, WIDTH), shape(6, 2)));
    }

    /** What a step gave: outputs, and gradients of inputs and parameters. */
    private Map<String, double[]> step(
            Module module, List<Tensor> inputs, UnaryOperator<TapeBuilder> settings, boolean retain) {
        Map<String, double[]> values = new LinkedHashMap<>();
        long before = engine.ledger().liveBytes();
        try (TensorScope scope = root.child();
                Tape tape = settings.apply(Tape.builder(scope).seed(3)).build()) {
            List<Variable> leaves = inputs.stream().map(tape::leaf).toList();
            List<Variable> outputs = module.call(leaves);
            Variable loss = null;
            for (Variable output : outputs) {
                values.put("output " + values.size(), output.value().toDoubles());
                Variable part = Ops.sum(Ops.square(output));
                loss = loss == null ? part : Add.add(loss, part);
            }
            assertThat(loss).isNotNull();
            if (retain) {
                try (Gradients first = tape.backwardRetaining(loss)) {
                    first.clear();
                    leaves.forEach(leaf -> values.put(
                            "first " + values.size(), tape.gradient(leaf).toDoubles()));
                    tape.backward(loss);
                    put(values, module, first);
                }
            } else {
                try (Gradients gradients = tape.backward(loss)) {
                    put(values, module, gradients);
                }
            }
            for (int i = 0; i < leaves.size(); i++) {
                values.put("input " + i, tape.gradient(leaves.get(i)).toDoubles());
            }
            assertThat(engine.ledger().liveBytes(MemoryKind.ACTIVATION)).isZero();
        }
        assertThat(engine.ledger().liveBytes()).isEqualTo(before);
        return values;
    }

    private static void put(Map<String, double[]> values, Module module, Gradients gradients) {
        module.parameters().forEach((name, parameter) -> {
            Tensor gradient = gradients.of(parameter);
            values.put(name, gradient == null ? new double[0] : gradient.toDoubles());
        });
    }

    private static void assertClose(Map<String, double[]> actual, Map<String, double[]> expected, double bound) {
        assertThat(actual.keySet()).isEqualTo(expected.keySet());
        expected.forEach((name, values) -> {
            double magnitude =
                    Math.max(1, Arrays.stream(values).map(Math::abs).max().orElse(0));
            assertThat(actual.get(name)).as(name).containsExactly(values, within(bound * magnitude));
        });
    }

    private List<Tensor> inputs(Body body, DType dtype) {
        List<Tensor> inputs = new ArrayList<>();
        for (long[] shape : body.inputs()) {
            inputs.add(input(dtype, 7 + inputs.size(), shape));
        }
        return inputs;
    }

    @ParameterizedTest
    @MethodSource("bodies")
    void givesWhatTheWholeGives(Body body) {
        for (int pieces : new int[] {1, 2, 3, 100}) {
            for (boolean retain : new boolean[] {false, true}) {
                List<Tensor> inputs = inputs(body, DType.DOUBLE);
                Module whole = body.of().apply(factory(DType.DOUBLE));
                Map<String, double[]> expected = step(whole, inputs, tape -> tape, retain);
                ReplayCheck check = new ReplayCheck();
                Module cut = Pieces.ofBatch(body.of().apply(factory(DType.DOUBLE)), pieces);
                assertClose(step(cut, inputs, tape -> tape.replayCheck(check), retain), expected, ROUNDING);
            }
        }
    }

    /** In FLOAT too, whose kernels are others. */
    @ParameterizedTest
    @MethodSource("bodies")
    void isCloseInFloat(Body body) {
        List<Tensor> inputs = inputs(body, DType.FLOAT);
        Map<String, double[]> expected = step(body.of().apply(factory(DType.FLOAT)), inputs, tape -> tape, false);
        Module cut = Pieces.ofBatch(body.of().apply(factory(DType.FLOAT)), 3);
        assertClose(step(cut, inputs, tape -> tape, false), expected, 1e-5);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 5})
    void tokensAreCutToo(int pieces) {
        List<Tensor> inputs = List.of(input(DType.DOUBLE, 1, 3, 5, WIDTH));
        Module whole = new Residual(feedForward(factory(DType.DOUBLE)));
        Module cut = Pieces.ofTokens(new Residual(feedForward(factory(DType.DOUBLE))), pieces);
        assertClose(step(cut, inputs, tape -> tape, false), step(whole, inputs, tape -> tape, false), ROUNDING);
    }

    private static Module dropping(ParameterFactory f) {
        return new Sequential(new Linear(f, WIDTH, WIDTH, true), new Dropout(0.5), new Linear(f, WIDTH, WIDTH, true));
    }

    /** Whatever computes it again draws what it drew: bits are those of pieces alone. */
    @Test
    void randomNumbersAreThoseOfThePiece() {
        List<Tensor> inputs = List.of(input(DType.DOUBLE, 1, 6, WIDTH));
        Map<String, double[]> alone =
                step(Pieces.ofBatch(dropping(factory(DType.DOUBLE)), 3), inputs, tape -> tape, false);
        ReplayCheck check = new ReplayCheck();
        for (Function<Module, Module> around : List.<Function<Module, Module>>of(
                body -> Checkpoint.checkpoint(Pieces.ofBatch(body, 3)),
                body -> Pieces.ofBatch(Checkpoint.checkpoint(body), 3),
                body -> Checkpoint.checkpoint(Pieces.ofBatch(Checkpoint.checkpoint(body), 3)))) {
            Module module = around.apply(dropping(factory(DType.DOUBLE)));
            List<double[]> values = List.copyOf(
                    step(module, inputs, tape -> tape.replayCheck(check), false).values());
            assertThat(values.get(0)).containsExactly(alone.get("output 0"));
            assertThat(values.get(values.size() - 1)).containsExactly(alone.get("input 0"));
        }
        assertThat(check.compared()).isPositive();
    }

    /** A schedule computes pieces again as it does all else: to the bit. */
    @Test
    void aScheduleComputesPiecesAgain() {
        List<Tensor> inputs = List.of(input(DType.DOUBLE, 1, 6, WIDTH));
        List<Map<String, double[]>> steps = new ArrayList<>();
        for (Function<List<Module>, Module> way : List.<Function<List<Module>, Module>>of(
                Sequential::new,
                CheckpointedSequence::new,
                links -> new CheckpointedSequence(links, new Revolve(4, 1)))) {
            ParameterFactory f = factory(DType.DOUBLE);
            Module model = way.apply(Stream.<Module>generate(() -> Pieces.ofBatch(dropping(f), 3))
                    .limit(4)
                    .toList());
            steps.add(step(model, inputs, tape -> tape.replayCheck(new ReplayCheck()), false));
        }
        assertClose(steps.get(1), steps.get(0), 0);
        assertClose(steps.get(2), steps.get(0), 0);
    }

    @Test
    void eachPieceHasAMaskOfItsOwn() {
        Tensor ones =
                root.allocate(Shape.of(2, 64), DType.DOUBLE, MemoryKind.INPUT).fill(1);
        double[] y = step(Pieces.ofBatch(new Dropout(0.5), 2), List.of(ones), tape -> tape, false)
                .get("output 0");
        assertThat(Arrays.copyOfRange(y, 0, 64)).isNotEqualTo(Arrays.copyOfRange(y, 64, 128));
    }

    @Test
    void frozenPartsHaveNoGradient() {
        for (boolean wholly : new boolean[] {false, true}) {
            List<Map<String, double[]>> steps = new ArrayList<>();
            for (int pieces : new int[] {0, 3}) {
                Module body = transformer(factory(DType.DOUBLE));
                (wholly ? body : body.children().get("1")).freeze();
                Module module = pieces == 0 ? body : Pieces.ofBatch(body, pieces);
                steps.add(step(module, List.of(input(DType.DOUBLE, 1, 5, 3, WIDTH)), tape -> tape, false));
            }
            assertClose(steps.get(1), steps.get(0), ROUNDING);
            assertThat(steps.get(0).values()).anyMatch(values -> values.length == 0);
        }
    }

    @Test
    void inputsThatNeedNoGradientGetNone() {
        List<Map<String, double[]>> steps = new ArrayList<>();
        Tensor x = input(DType.DOUBLE, 1, 6, WIDTH);
        Tensor z = input(DType.DOUBLE, 2, 6, WIDTH);
        for (int pieces : new int[] {0, 3}) {
            Module body = streams(factory(DType.DOUBLE));
            Module module = pieces == 0 ? body : Pieces.ofBatch(body, pieces);
            Map<String, double[]> values = new LinkedHashMap<>();
            try (TensorScope scope = root.child();
                    Tape tape = Tape.training(scope, 3)) {
                Variable constant = tape.constant(x);
                Variable leaf = tape.leaf(z);
                List<Variable> outputs = module.call(List.of(constant, leaf));
                try (Gradients gradients = tape.backward(Ops.sum(Ops.square(outputs.get(0))))) {
                    put(values, module, gradients);
                }
                assertThat(tape.gradient(constant)).isNull();
                values.put("z", tape.gradient(leaf).toDoubles());
            }
            steps.add(values);
        }
        assertClose(steps.get(1), steps.get(0), ROUNDING);
    }

    @Test
    void evaluationRunsInPiecesToo() {
        List<Long> rows = new ArrayList<>();
        Module module = Pieces.ofBatch(
                new Activation(x -> {
                    rows.add(x.shape().dim(0));
                    return Ops.tanh(x);
                }),
                3);
        try (TensorScope scope = root.child();
                Tape tape = Tape.inference(scope)) {
            assertThat(module.call(tape.constant(input(DType.DOUBLE, 1, 7, WIDTH)))
                            .shape())
                    .isEqualTo(Shape.of(7, WIDTH));
        }
        assertThat(rows).containsExactly(2L, 2L, 3L);
    }

    /** Effects are those of the first run. */
    @Test
    void effectsHappenOnceForEachPiece() {
        AtomicInteger effects = new AtomicInteger();
        Linear linear = new Linear(factory(DType.DOUBLE), WIDTH, WIDTH, true);
        Module body = new Block(
                in -> {
                    in.get(0).tape().onFirstRun(effects::incrementAndGet);
                    return List.of(linear.call(Ops.tanh(in.get(0))));
                },
                linear);
        step(Pieces.ofBatch(body, 3), List.of(input(DType.DOUBLE, 1, 6, WIDTH)), tape -> tape, false);
        assertThat(effects).hasValue(3);
    }

    private void assertRefused(Module module, String told, Tensor... inputs) {
        long before = engine.ledger().liveBytes();
        try (TensorScope scope = root.child();
                Tape tape = Tape.training(scope, 3)) {
            List<Variable> leaves = Stream.of(inputs).map(tape::constant).toList();
            assertThatThrownBy(() -> module.call(leaves)).hasMessageContaining(told);
        }
        assertThat(engine.ledger().liveBytes()).isEqualTo(before);
    }

    @Test
    void whatReadsOthersIsRefused() {
        ParameterFactory f = factory(DType.DOUBLE);
        Tensor batch = input(DType.DOUBLE, 1, 6, WIDTH);
        Module norm = Pieces.ofBatch(new Sequential(new Linear(f, WIDTH, WIDTH, true), new BatchNorm(f, WIDTH)), 2);
        assertRefused(norm, "BatchNorm \"1\" normalises by the statistics of the whole batch", batch);
        try (TensorScope scope = root.child();
                Tape tape = Tape.builder(scope).frozenStatistics(norm).build()) {
            assertThat(norm.call(tape.constant(batch)).shape()).isEqualTo(batch.shape());
        }
        assertRefused(
                Pieces.ofBatch(new Lstm(f, WIDTH, 2), 2),
                "Lstm carries a state from step to step",
                input(DType.DOUBLE, 1, 4, 3, WIDTH));
        assertThatThrownBy(() -> Pieces.ofTokens(transformer(f), 2))
                .hasMessage(
                        "pieces of tokens: MultiHeadAttention \"0.body.1\" lets tokens attend to each other; run it on"
                                + " the whole sequence");
        for (Module mixing : List.of(
                new Lstm(f, WIDTH, 2, RecurrentSettings.ONE_LAYER.forBatchFirst()),
                new Conv2d(f, 2, 2, Window.square(3, 1, 1), true),
                new SinusoidalEncoding(f, 8, WIDTH))) {
            assertThatThrownBy(() -> Pieces.ofTokens(mixing, 2)).isInstanceOf(IllegalArgumentException.class);
        }
    }

    @Test
    void whatHasNotTheAxisIsRefused() {
        Tensor batch = input(DType.DOUBLE, 1, 6, WIDTH);
        Module same = new Block(List::copyOf);
        assertRefused(
                Pieces.ofBatch(new Activation(x -> Mean.mean(x, 0)), 3),
                "result 0 of a piece of 2 along axis 0 is DOUBLE[4]",
                batch);
        assertRefused(Pieces.ofBatch(new Activation(Ops::sum), 3), "result 0 of a piece of 2", batch);
        assertRefused(
                Pieces.ofBatch(same, 3), "give all of one size along axis 0", batch, input(DType.DOUBLE, 2, 3, WIDTH));
        assertRefused(Pieces.ofTokens(same, 2), "give numbers [B, T, …, C]", batch);
        Tensor labels = root.allocate(Shape.of(6), DType.INT, MemoryKind.INPUT).set(new int[6]);
        assertRefused(Pieces.ofBatch(same, 3), "input 1 is INT[6]; give numbers", batch, labels);
        assertThatThrownBy(() -> Pieces.ofBatch(same, 0)).hasMessage("pieces 0 is below 1; give 1 or more");
        AtomicInteger calls = new AtomicInteger();
        assertRefused(
                Pieces.ofBatch(new Block(in -> calls.getAndIncrement() == 0 ? in : List.of(in.get(0), in.get(0))), 3),
                "piece 1 gives 2 results, piece 0 gave 1",
                batch);
    }

    /** In forward and in each of the pieces of backward. */
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 5, 6})
    void aFailureLeavesNothingBehind(int failing) {
        AtomicInteger calls = new AtomicInteger();
        ParameterFactory f = factory(DType.DOUBLE);
        Module body = new Sequential(
                new Linear(f, WIDTH, WIDTH, true),
                new Activation(x -> {
                    if (calls.incrementAndGet() == failing) {
                        throw new ArithmeticException("call " + failing);
                    }
                    return Ops.tanh(x);
                }),
                new Linear(f, WIDTH, WIDTH, true));
        Module module = Pieces.ofBatch(body, 3);
        List<Tensor> inputs = List.of(input(DType.DOUBLE, 1, 6, WIDTH));
        long before = engine.ledger().liveBytes();
        assertThatThrownBy(() -> step(module, inputs, tape -> tape, false)).hasMessage("call " + failing);
        assertThat(engine.ledger().liveBytes()).isEqualTo(before);
        Map<String, double[]> next = step(module, inputs, tape -> tape, false);
        assertClose(step(module, inputs, tape -> tape, false), next, 0);
    }

    @Test
    void thereIsNoSecondDerivative() {
        Module module = Pieces.ofBatch(new Activation(Ops::tanh), 2);
        try (TensorScope scope = root.child();
                Tape tape = Tape.training(scope, 3)) {
            Variable x = tape.leaf(input(DType.DOUBLE, 1, 6, WIDTH));
            Variable loss = Ops.sum(module.call(x));
            assertThatThrownBy(() -> tape.differentiate(loss, x)).hasMessageContaining("the segment pieces");
        }
    }

    @Test
    void anyNumberOfPiecesCoversTheAxis() {
        for (int size = 1; size < 20; size++) {
            for (int pieces = 1; pieces <= size; pieces++) {
                Cuts cuts = new Cuts(0, size, pieces);
                long[] lengths = LongStream.range(0, pieces)
                        .map(piece -> cuts.length((int) piece))
                        .toArray();
                assertThat(cuts.from(0)).isZero();
                assertThat(cuts.from(pieces)).isEqualTo(size);
                assertThat(lengths).isSorted();
                assertThat(lengths[pieces - 1] - lengths[0]).isBetween(0L, 1L);
            }
        }
    }
}
