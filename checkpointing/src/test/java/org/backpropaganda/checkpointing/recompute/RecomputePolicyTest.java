package org.backpropaganda.checkpointing.recompute;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.backpropaganda.autograd.check.GradientComparison;
import org.backpropaganda.autograd.graph.Gradients;
import org.backpropaganda.autograd.graph.SavedTensorPolicy;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.kernel.Window;
import org.backpropaganda.autograd.nn.Activation;
import org.backpropaganda.autograd.nn.BatchNorm;
import org.backpropaganda.autograd.nn.Conv2d;
import org.backpropaganda.autograd.nn.Dropout;
import org.backpropaganda.autograd.nn.LayerNorm;
import org.backpropaganda.autograd.nn.LeakyRelu;
import org.backpropaganda.autograd.nn.Linear;
import org.backpropaganda.autograd.nn.ModelSummary;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.nn.ParameterFactory;
import org.backpropaganda.autograd.nn.Residual;
import org.backpropaganda.autograd.nn.Sequential;
import org.backpropaganda.autograd.op.Add;
import org.backpropaganda.autograd.op.Multiply;
import org.backpropaganda.autograd.op.Ops;
import org.backpropaganda.autograd.op.Sum;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.autograd.tensor.MemoryBudgetException;
import org.backpropaganda.autograd.tensor.MemoryKind;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.backpropaganda.autograd.testkit.RoundingCodec;
import org.backpropaganda.autograd.testkit.StepFigures;
import org.backpropaganda.checkpointing.Checkpoint;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** What is not kept, counted by hand; and steps that lose no bit by it. */
class RecomputePolicyTest {
    private static final int ROWS = 16;
    private static final int WIDTH = 8;

    /** Of one [ROWS, WIDTH] of {@code FLOAT}. */
    private static final long BYTES = 4 * ROWS * WIDTH;

    private final Engine engine = Engine.builder().threads(2).build();
    private final TensorScope scope = engine.scope("");

    @AfterEach
    void close() {
        engine.close();
    }

    private static Linear linear(ParameterFactory f) {
        return new Linear(f, WIDTH, WIDTH, false);
    }

    private static Module block(ParameterFactory f) {
        return new Sequential(
                linear(f), BatchNorm.withRelu(f, WIDTH), new Dropout(0.25), linear(f), new BatchNorm(f, WIDTH));
    }

    private static Module residual(ParameterFactory f, int blocks) {
        Stream<Module> links = Stream.iterate(0, i -> i + 1)
                .limit(blocks)
                .flatMap(i -> Stream.of(new Residual(block(f)), LeakyRelu.inPlace(0)));
        return new Sequential(Stream.concat(Stream.of(linear(f), new BatchNorm(f, WIDTH)), links)
                .toList());
    }

    private ParameterFactory factory(DType dtype) {
        return new ParameterFactory(scope, dtype, 1);
    }

    private Tensor input(DType dtype, long... shape) {
        Tensor x = scope.allocate(Shape.of(shape), dtype, MemoryKind.INPUT);
        return x.set(new SplittableRandom(2).doubles(x.elements(), -1, 1).toArray());
    }

    private long held() {
        return engine.ledger().liveBytes(MemoryKind.ACTIVATION);
    }

    /** What forward leaves, and all gradients and buffers of a step. */
    private record Step(long held, long peak, Map<String, double[]> gradients) {}

    private Step step(Module model, Tensor x, SavedTensorPolicy policy) {
        long before = engine.ledger().liveBytes();
        engine.resetPeaks();
        try (Tape tape = Tape.builder(scope).seed(5).policy(policy).build()) {
            Variable y = model.call(tape.leaf(x));
            Variable loss = Sum.sum(Multiply.multiply(y, y));
            y.release();
            long held = held();
            try (Gradients gradients = tape.backward(loss)) {
                assertThat(held()).as("ACTIVATION after backward").isZero();
                Map<String, double[]> all = new TreeMap<>(GradientComparison.snapshot(gradients));
                model.buffers().forEach((name, buffer) -> all.put(name, buffer.toDoubles()));
                return new Step(held, engine.ledger().peakBytes() - before, all);
            }
        } finally {
            assertThat(engine.ledger().liveBytes()).isEqualTo(before);
        }
    }

    private static void assertSame(Step actual, Step plain) {
        assertThat(actual.gradients().keySet()).isEqualTo(plain.gradients().keySet());
        plain.gradients()
                .forEach((name, values) ->
                        assertThat(actual.gradients().get(name)).as(name).isEqualTo(values));
    }

    /** The inputs of both linear layers and of GELU and the loss are kept; with the policy GELU's output is not. */
    @Test
    void aGeluBetweenLinearLayersIsMadeAgain() {
        RecomputeCount count = new RecomputeCount();
        Module model = new Sequential(linear(factory(DType.FLOAT)), Activation.gelu(), linear(factory(DType.FLOAT)));
        Tensor x = input(DType.FLOAT, ROWS, WIDTH);
        Step plain = step(model, x, SavedTensorPolicy.keep());
        Step cheap = step(model, x, RecomputePolicy.cheap().countedBy(count));
        assertSame(cheap, plain);
        assertThat(plain.held() - cheap.held()).isEqualTo(BYTES);
        assertThat(count).hasToString("1 tensors of " + BYTES + " bytes not kept; 1 ops of 0 multiply-adds ran again");
        assertThat(cheap.peak()).isLessThanOrEqualTo(plain.peak());
    }

    /**
     * Stream 0 is a batch norm's result, one op from what is kept. Each block adds a batch norm's result to it and rectifies the
     * sum, two ops more; the dropout in it is two ops from its first linear layer.
     */
    @Test
    void aLimitKeepsALinkOfAChainNowAndThen() {
        int blocks = 4;
        Tensor x = input(DType.FLOAT, ROWS, WIDTH);
        Step plain = step(residual(factory(DType.FLOAT), blocks), x, SavedTensorPolicy.keep());
        for (int limit = 1; limit <= 10; limit++) {
            int made = limit >= 2 ? blocks : 0;
            int depth = 1;
            for (int stream = 0; stream <= blocks; stream++) {
                if (depth <= limit) {
                    made++;
                } else {
                    depth = 0;
                }
                depth = Math.max(depth, 1) + 2;
            }
            RecomputeCount count = new RecomputeCount();
            RecomputePolicy policy = RecomputePolicy.cheap().depthLimit(limit).countedBy(count);
            Step cheap = step(residual(factory(DType.FLOAT), blocks), x, policy);
            assertSame(cheap, plain);
            assertThat(plain.held() - cheap.held()).as("limit %s", limit).isEqualTo(made * BYTES);
            assertThat(count.tensors()).isEqualTo(made);
            assertThat(count.bytesNotKept()).isEqualTo(made * BYTES);
        }
    }

    /** Between two checkpoints' boundaries, in nested tapes and out, all that is cheap is made again. */
    @ParameterizedTest
    @EnumSource(names = {"FLOAT", "DOUBLE"})
    void goesWithCheckpoints(DType dtype) {
        Tensor x = input(dtype, ROWS, WIDTH);
        Step plain = step(checkpointed(factory(dtype), false), x, SavedTensorPolicy.keep());
        Step checkpoint = step(checkpointed(factory(dtype), true), x, SavedTensorPolicy.keep());
        RecomputeCount count = new RecomputeCount();
        Step both = step(
                checkpointed(factory(dtype), true), x, RecomputePolicy.cheap().countedBy(count));
        assertSame(checkpoint, plain);
        assertSame(both, plain);
        assertThat(checkpoint.held() - both.held())
                .as("the boundary behind a rectified batch norm")
                .isEqualTo(dtype == DType.FLOAT ? BYTES : 2 * BYTES);
        assertThat(count.tensors()).isGreaterThan(1);
    }

    private static Module checkpointed(ParameterFactory f, boolean checkpoint) {
        Module first = new Sequential(linear(f), BatchNorm.withRelu(f, WIDTH));
        Module second = block(f);
        return new Sequential(first, checkpoint ? Checkpoint.checkpoint(second) : second, linear(f));
    }

    static Stream<String> models() {
        return Stream.of("residual", "convolutions", "layer norms", "checkpoint");
    }

    private Module model(String name, DType dtype) {
        ParameterFactory f = factory(dtype);
        return switch (name) {
            case "residual" -> residual(f, 3);
            case "checkpoint" -> checkpointed(f, true);
            case "convolutions" ->
                new Sequential(
                        new Activation(x -> Ops.reshape(x, -1, 2, 2, 2)),
                        new Conv2d(f, 2, 3, Window.square(3, 1, 1), true),
                        new BatchNorm(f, 3),
                        Activation.tanh(),
                        new Conv2d(f, 3, 2, Window.square(3, 1, 1), true),
                        Activation.silu(),
                        new Activation(x -> Ops.reshape(x, -1, WIDTH)),
                        linear(f));
            case "layer norms" ->
                new Sequential(
                        linear(f),
                        new Residual(new Sequential(new LayerNorm(f, WIDTH), linear(f), Activation.gelu(), linear(f))),
                        new LayerNorm(f, WIDTH),
                        linear(f));
            default -> throw new IllegalArgumentException(name);
        };
    }

    @ParameterizedTest
    @MethodSource("models")
    void everyBitIsThatOfAStepThatKeepsAll(String name) {
        for (DType dtype : List.of(DType.FLOAT, DType.DOUBLE)) {
            Tensor x = input(dtype, ROWS, WIDTH);
            Step plain = step(model(name, dtype), x, SavedTensorPolicy.keep());
            for (int limit : new int[] {1, 2, 3, 100}) {
                Step cheap = step(model(name, dtype), x, RecomputePolicy.cheap().depthLimit(limit));
                assertSame(cheap, plain);
                assertThat(cheap.held()).isLessThan(plain.held());
                assertThat(cheap.peak()).isLessThanOrEqualTo(plain.peak());
            }
        }
    }

    @ParameterizedTest
    @MethodSource("models")
    void shapesPriceIt(String name) {
        Tensor x = input(DType.FLOAT, ROWS, WIDTH);
        for (SavedTensorPolicy policy :
                List.of(RecomputePolicy.cheap(), RecomputePolicy.cheap().depthLimit(100))) {
            Module model = model(name, DType.FLOAT);
            ModelSummary summary = ModelSummary.of(model, List.of(x.spec()), tape -> tape.policy(policy));
            assertThat(StepFigures.predicted(summary))
                    .isEqualTo(StepFigures.measured(model, List.of(x), tape -> tape.policy(policy)));
        }
    }

    /** A linear layer is no cheap op; asked for by name it runs again, and a summary counts its products. */
    @Test
    void whatIsNotCheapIsMadeAgainWhereItIsNamed() {
        Module model = new Sequential(linear(factory(DType.FLOAT)), Activation.gelu(), linear(factory(DType.FLOAT)));
        Tensor x = input(DType.FLOAT, ROWS, WIDTH);
        RecomputeCount count = new RecomputeCount();
        RecomputePolicy policy = RecomputePolicy.ofOps("linear", "gelu");
        Step plain = step(model, x, SavedTensorPolicy.keep());
        Step named = step(model, x, policy.countedBy(count));
        assertSame(named, plain);
        assertThat(plain.held() - named.held())
                .as("the inputs of GELU, the second layer and the loss")
                .isEqualTo(3 * BYTES);
        long products = (long) ROWS * WIDTH * WIDTH;
        assertThat(count.multiplyAdds())
                .as("of both layers for the loss, and of the first for the second and for GELU")
                .isEqualTo(4 * products);
        ModelSummary summary = ModelSummary.of(model, List.of(x.spec()), tape -> tape.policy(policy));
        assertThat(summary.repeatedMultiplyAdds()).hasValue(2 * products);
    }

    @Test
    void conditionsNarrowIt() {
        ParameterFactory f = factory(DType.FLOAT);
        Module model = new Sequential(
                linear(f),
                Activation.gelu(),
                linear(f),
                Activation.silu(),
                new Sequential(linear(f), Activation.gelu()),
                linear(f));
        Tensor x = input(DType.FLOAT, ROWS, WIDTH);
        Step plain = step(model, x, SavedTensorPolicy.keep());
        RecomputePolicy cheap = RecomputePolicy.cheap();
        Map<RecomputePolicy, Integer> saved = Map.of(
                cheap,
                3,
                RecomputePolicy.ofOps("gelu"),
                2,
                RecomputePolicy.ofOps("silu"),
                1,
                RecomputePolicy.ofOps("tanh"),
                0,
                cheap.within("4"),
                1,
                cheap.within("4.0", "2"),
                2,
                cheap.within(""),
                3,
                cheap.readBy("linear").labelled("input 0"),
                3,
                cheap.labelled("input 1"),
                0,
                cheap.where(saving -> !saving.path().equals("2")),
                2);
        saved.forEach((policy, tensors) -> {
            Step step = step(model, x, policy);
            assertSame(step, plain);
            assertThat(plain.held() - step.held()).isEqualTo(tensors * BYTES);
        });
    }

    /** GELU's input is rounded, so that its output cannot be made from it: it is rounded too. */
    @Test
    void nothingIsMadeFromWhatIsRounded() {
        Module model = new Sequential(linear(factory(DType.FLOAT)), Activation.gelu(), linear(factory(DType.FLOAT)));
        Tensor x = input(DType.FLOAT, ROWS, WIDTH);
        RecomputeCount count = new RecomputeCount();
        SavedTensorPolicy rounding = SavedTensorPolicy.of(new RoundingCodec());
        Step rounded = step(model, x, rounding);
        Step both = step(model, x, RecomputePolicy.cheap().countedBy(count).otherwise(rounding));
        assertSame(both, rounded);
        assertThat(both.held()).isEqualTo(rounded.held());
        assertThat(count.tensors()).isZero();
    }

    /** What a policy of another part keeps is kept for all. */
    @Test
    void aPartKeepsWhatOthersMakeAgain() {
        ParameterFactory f = factory(DType.FLOAT);
        Module exempt = linear(f);
        Module model = new Sequential(linear(f), Activation.gelu(), exempt, Activation.gelu(), linear(f));
        Tensor x = input(DType.FLOAT, ROWS, WIDTH);
        long cheap = step(model, x, RecomputePolicy.cheap()).held();
        try (Tape tape = Tape.builder(scope)
                .policy(RecomputePolicy.cheap())
                .policy(exempt, SavedTensorPolicy.keep())
                .build()) {
            Variable y = model.call(tape.leaf(x));
            Variable loss = Sum.sum(Multiply.multiply(y, y));
            y.release();
            assertThat(held()).isEqualTo(cheap + BYTES);
            tape.backward(loss).close();
        }
    }

    /** The first of two layers keeps what both read: the second reads that. */
    @Test
    void whatIsKeptAnywayIsNotMadeAgain() {
        ParameterFactory f = factory(DType.FLOAT);
        Linear first = linear(f);
        Linear second = linear(f);
        RecomputeCount count = new RecomputeCount();
        Tensor x = input(DType.FLOAT, ROWS, WIDTH);
        try (Tape tape = Tape.builder(scope)
                .policy(RecomputePolicy.cheap().countedBy(count))
                .policy(first, SavedTensorPolicy.keep())
                .build()) {
            Variable made = Activation.gelu().call(tape.leaf(x));
            Variable sum = Add.add(first.call(made), second.call(made));
            made.release();
            assertThat(held()).as("one for both layers; x is INPUT").isEqualTo(BYTES);
            tape.backward(Sum.sum(sum)).close();
        }
        assertThat(count.tensors()).isZero();
    }

    @Test
    void runningStatisticsMoveOnce() {
        BatchNorm norm = BatchNorm.withCumulativeStatistics(factory(DType.FLOAT), WIDTH);
        Module model = new Sequential(linear(factory(DType.FLOAT)), norm, linear(factory(DType.FLOAT)));
        RecomputeCount count = new RecomputeCount();
        step(model, input(DType.FLOAT, ROWS, WIDTH), RecomputePolicy.cheap().countedBy(count));
        assertThat(count.ops()).isEqualTo(1);
        assertThat(model.buffers().get("1.num_batches_tracked").toDoubles()).containsExactly(1);
    }

    @Test
    void aTapeThatRetainsMakesItEachTime() {
        Module model = residual(factory(DType.FLOAT), 2);
        Tensor x = input(DType.FLOAT, ROWS, WIDTH);
        RecomputeCount count = new RecomputeCount();
        try (Tape tape = Tape.builder(scope)
                .seed(5)
                .policy(RecomputePolicy.cheap().countedBy(count))
                .build()) {
            Variable y = model.call(tape.leaf(x));
            Variable loss = Sum.sum(Multiply.multiply(y, y));
            long held = held();
            Map<String, double[]> first = null;
            for (int i = 0; i < 3; i++) {
                Gradients gradients = i < 2 ? tape.backwardRetaining(loss) : tape.backward(loss);
                Map<String, double[]> now = GradientComparison.snapshot(gradients);
                if (first != null) {
                    first.forEach((name, values) -> assertThat(now.get(name)).isEqualTo(values));
                }
                first = now;
                gradients.clear();
                assertThat(held()).isEqualTo(i < 2 ? held : 0);
            }
        }
        assertThat(count.ops()).isPositive();
    }

    @Test
    void secondDerivativesGoThroughIt() {
        Module model = model("layer norms", DType.DOUBLE);
        Tensor x = input(DType.DOUBLE, ROWS, WIDTH);
        Map<String, double[]> plain = penalty(model, x, SavedTensorPolicy.keep());
        Map<String, double[]> cheap = penalty(model, x, RecomputePolicy.cheap().depthLimit(20));
        assertThat(cheap.keySet()).isEqualTo(plain.keySet()).isNotEmpty();
        plain.forEach((name, values) -> assertThat(cheap.get(name)).as(name).isEqualTo(values));
    }

    private Map<String, double[]> penalty(Module model, Tensor x, SavedTensorPolicy policy) {
        try (Tape tape = Tape.builder(scope).seed(5).policy(policy).build()) {
            Variable given = tape.leaf(x);
            Variable y = model.call(given);
            Variable slope =
                    tape.differentiate(Sum.sum(Multiply.multiply(y, y)), given).get(0);
            try (Gradients gradients = tape.backward(Sum.sum(Multiply.multiply(slope, slope)))) {
                return GradientComparison.snapshot(gradients);
            }
        }
    }

    @Test
    void aFailingStepLeavesNothing() {
        Module model = residual(factory(DType.FLOAT), 3);
        Tensor x = input(DType.FLOAT, ROWS, WIDTH);
        long before = engine.ledger().liveBytes();
        long peak = step(model, x, RecomputePolicy.cheap()).peak();
        for (long missing : new long[] {1, BYTES, 3 * BYTES, peak / 2}) {
            try (Engine tight = Engine.builder()
                    .threads(2)
                    .memoryBudgetBytes(before + peak - missing)
                    .build()) {
                assertFails(tight);
            }
        }
    }

    private static void assertFails(Engine tight) {
        try (TensorScope root = tight.scope("")) {
            Module model = residual(new ParameterFactory(root, DType.FLOAT, 1), 3);
            Tensor x = root.allocate(Shape.of(ROWS, WIDTH), DType.FLOAT, MemoryKind.INPUT)
                    .fill(1);
            assertThatThrownBy(() -> {
                        try (Tape tape = Tape.builder(root)
                                .seed(5)
                                .policy(RecomputePolicy.cheap())
                                .build()) {
                            Variable y = model.call(tape.leaf(x));
                            tape.backward(Sum.sum(Multiply.multiply(y, y))).close();
                        }
                    })
                    .isInstanceOf(MemoryBudgetException.class);
            assertThat(tight.ledger().liveBytes(MemoryKind.ACTIVATION)).isZero();
            assertThat(tight.ledger().liveBytes(MemoryKind.TEMPORARY)).isZero();
        }
    }

    @Test
    void aWeightThatMovedInBetweenIsRefused() {
        BatchNorm norm = new BatchNorm(factory(DType.FLOAT), WIDTH);
        Module model = new Sequential(linear(factory(DType.FLOAT)), norm, linear(factory(DType.FLOAT)));
        try (Tape tape = Tape.builder(scope).policy(RecomputePolicy.cheap()).build()) {
            Variable loss = Sum.sum(model.call(tape.leaf(input(DType.FLOAT, ROWS, WIDTH))));
            norm.bias().value().fill(3).written("somebody");
            assertThatIllegalStateException()
                    .isThrownBy(() -> tape.backward(loss))
                    .withMessageContaining("parameter 1.bias")
                    .withMessageContaining("modified in place by somebody");
        }
        assertThat(held()).isZero();
    }

    @Test
    void refusesLimitsThatMakeNothing() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> RecomputePolicy.cheap().depthLimit(0))
                .withMessage(
                        "recompute: a depth limit of 0 is not from 1 to 1024; leave the policy out to keep everything");
    }
}
