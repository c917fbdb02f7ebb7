package org.backpropaganda.checkpointing.recompute;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.backpropaganda.autograd.graph.Op;
import org.backpropaganda.autograd.graph.Operands;
import org.backpropaganda.autograd.graph.SavedTensorPolicy;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.graph.TapeObserver;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.nn.Activation;
import org.backpropaganda.autograd.nn.BatchNorm;
import org.backpropaganda.autograd.nn.ModelSummary;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.nn.ParameterFactory;
import org.backpropaganda.autograd.nn.Sequential;
import org.backpropaganda.autograd.op.Multiply;
import org.backpropaganda.autograd.op.Sum;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.MemoryKind;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorSpec;
import org.backpropaganda.autograd.testkit.RoundingCodec;
import org.backpropaganda.autograd.testkit.StepFigures;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is not kept, counted by hand; and steps that lose no bit by it. */
class RecomputePolicyTest extends RecomputeFixture {
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

    static Stream<String> models() {
        return Stream.of("residual", "convolutions", "layer norms", "checkpoint");
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
        for (SavedTensorPolicy policy : List.of(
                RecomputePolicy.cheap(),
                RecomputePolicy.cheap().depthLimit(100),
                RecomputePolicy.of(op -> true).depthLimit(4))) {
            Module model = model(name, DType.FLOAT);
            ModelSummary summary = ModelSummary.of(model, List.of(x.spec()), tape -> tape.policy(policy));
            assertThat(StepFigures.predicted(summary))
                    .isEqualTo(StepFigures.measured(model, List.of(x), tape -> tape.policy(policy)));
        }
    }

    @ParameterizedTest
    @MethodSource("models")
    void everyOpMayRunAgain(String name) {
        for (DType dtype : List.of(DType.FLOAT, DType.DOUBLE)) {
            Tensor x = input(dtype, ROWS, WIDTH);
            Step plain = step(model(name, dtype), x, SavedTensorPolicy.keep());
            Step again =
                    step(model(name, dtype), x, RecomputePolicy.of(op -> true).depthLimit(4));
            assertSame(again, plain);
            assertThat(again.held()).isLessThan(plain.held());
        }
    }

    /** A batch norm saves its input, which nobody reads where both are made again for one reader: one lies over the other. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aNormThatRunsAgainWritesOverItsInput(boolean rectified) {
        ParameterFactory f = factory(DType.FLOAT);
        Module norm = rectified ? BatchNorm.withRelu(f, WIDTH) : new BatchNorm(f, WIDTH);
        Module model = new Sequential(linear(f), norm, linear(f));
        Tensor x = input(DType.FLOAT, ROWS, WIDTH);
        long[] rise = new long[1];
        TapeObserver observer = new TapeObserver() {
            private long before;

            @Override
            public void differentiated(Op op, Operands inputs, TensorSpec output, String path) {
                if (path.equals("2")) {
                    before = engine.ledger().liveBytes(MemoryKind.TEMPORARY);
                    engine.resetPeaks();
                } else if (path.equals("1")) {
                    rise[0] = engine.ledger().peakBytes(MemoryKind.TEMPORARY) - before;
                }
            }
        };
        try (Tape tape = Tape.builder(scope)
                .policy(RecomputePolicy.of(op -> true))
                .observer(observer)
                .build()) {
            tape.backward(Sum.sum(model.call(tape.leaf(x)))).close();
        }
        assertThat(rise[0]).as("the norm's result, or then the gradient of it").isEqualTo(BYTES);
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
}
