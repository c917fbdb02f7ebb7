package org.backpropaganda.checkpointing.compress;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Stream;
import org.backpropaganda.autograd.check.GradientComparison;
import org.backpropaganda.autograd.graph.Gradients;
import org.backpropaganda.autograd.graph.SavedTensorCodec;
import org.backpropaganda.autograd.graph.SavedTensorPolicy;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.nn.ModelSummary;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.nn.ParameterFactory;
import org.backpropaganda.autograd.op.Exp;
import org.backpropaganda.autograd.op.Multiply;
import org.backpropaganda.autograd.op.Sum;
import org.backpropaganda.autograd.op.Tanh;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.autograd.tensor.MemoryBudgetException;
import org.backpropaganda.autograd.tensor.MemoryKind;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.backpropaganda.autograd.testkit.StepFigures;
import org.backpropaganda.checkpointing.Checkpoint;
import org.backpropaganda.checkpointing.CheckpointedSequence;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What every codec that loses bits owes to a tape. */
class CodecTest {
    private static final SavedTensorCodec EIGHT = new QuantizedCodec(8);

    static Stream<SavedTensorPolicy> policies() {
        return Stream.of(
                CompressPolicy.of(new Bf16Codec()),
                CompressPolicy.of(new QuantizedCodec(8)),
                CompressPolicy.of(new QuantizedCodec(4)),
                CompressPolicy.of(new QuantizedCodec(2)),
                CompressPolicy.builder()
                        .where(DerivativeCodec::fits, DerivativeCodec.policy())
                        .where(BlpaCodec::fits, new BlpaCodec(8))
                        .all(new QuantizedCodec(8))
                        .smallest(0)
                        .build());
    }

    /** Live bytes of a tensor that exp keeps, under a codec. */
    private static long kept(SavedTensorCodec codec, DType dtype, long... dims) {
        try (Engine engine = Engine.builder().threads(1).build();
                TensorScope scope = engine.scope("");
                Tape tape =
                        Tape.builder(scope).policy(SavedTensorPolicy.of(codec)).build()) {
            Variable y = Exp.exp(tape.leaf(Steps.input(scope, dtype, dims)));
            assertThat(y.shape()).isEqualTo(Shape.of(dims));
            return engine.ledger().liveBytes(MemoryKind.ACTIVATION);
        }
    }

    /** Bits an element and what a group or a tensor has beside, to the byte. */
    @ParameterizedTest
    @EnumSource(names = {"FLOAT", "DOUBLE"})
    void theLedgerCountsEveryBit(DType dtype) {
        assertThat(kept(new QuantizedCodec(2), dtype, 256, 100)).isEqualTo(256 * 100 / 4 + 100 * 8);
        assertThat(kept(new QuantizedCodec(4), dtype, 256, 10, 10)).isEqualTo(256 * 100 / 2 + 100 * 8);
        assertThat(kept(new QuantizedCodec(8), dtype, 256, 100)).isEqualTo(256 * 100 + 100 * 8);
        assertThat(kept(new QuantizedCodec(1), dtype, 256, 100)).isEqualTo(256 * 100 / 8 + 100 * 8);
        assertThat(kept(new Bf16Codec(), dtype, 256, 100)).isEqualTo(256 * 100 * 2);
        assertThat(kept(new QuantizedCodec(2), dtype, 257)).isEqualTo(64 + 4 + 2 * 8);
        assertThat(kept(new QuantizedCodec(8), dtype, 1, 1, 3, 1, 1)).isEqualTo(4 + 8);
        assertThat(kept(new QuantizedCodec(4), dtype)).isEqualTo(4 + 8);
        assertThat(kept(new Bf16Codec(), dtype, 3)).isEqualTo(8);
        for (int bits : new int[] {1, 2, 4, 8}) {
            QuantizedCodec codec = new QuantizedCodec(bits);
            assertThat(kept(codec, dtype, 7, 3, 41)).isEqualTo(codec.bytes(7 * 3 * 41));
        }
    }

    @Test
    void theLedgerBooksCodesUnderTheModuleThatSaves() {
        try (Engine engine = Engine.builder().threads(1).build();
                TensorScope root = engine.scope("")) {
            Module model = Steps.images(new ParameterFactory(root, DType.FLOAT, 3));
            try (Tape tape = Tape.builder(root).policy(CompressPolicy.of(EIGHT)).build()) {
                Map<String, Long> before = engine.ledger().liveBytesByPath();
                model.call(tape.constant(Steps.input(root, DType.FLOAT, 2, 8, 8, 16)));
                Map<String, Long> after = engine.ledger().liveBytesByPath();
                assertThat(after.get("3") - before.getOrDefault("3", 0L))
                        .as("codes of the norm's input, mean and variance")
                        .isEqualTo(new QuantizedCodec(8).bytes(2 * 8 * 8 * 16) + 2 * 16 * 4);
            }
        }
    }

    private static Module plain(ParameterFactory factory) {
        return Steps.blocks(factory, 4, block -> block);
    }

    private static Module checkpointed(ParameterFactory factory) {
        return Steps.blocks(factory, 4, Checkpoint::checkpoint);
    }

    private static Module nested(ParameterFactory factory) {
        List<Module> blocks = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            blocks.add(Checkpoint.checkpoint(Steps.block(factory)));
        }
        return new CheckpointedSequence(blocks, 2);
    }

    /** A replay draws the noise of the first run, so that a checkpoint around what is rounded changes no bit. */
    @ParameterizedTest
    @MethodSource("policies")
    void checkpointsChangeNoBit(SavedTensorPolicy policy) {
        for (DType dtype : new DType[] {DType.FLOAT, DType.DOUBLE}) {
            Map<String, double[]> plain = Steps.gradients(CodecTest::plain, policy, dtype, 2, 96, Steps.WIDTH);
            Map<String, double[]> exact =
                    Steps.gradients(CodecTest::plain, SavedTensorPolicy.keep(), dtype, 2, 96, Steps.WIDTH);
            assertThat(GradientComparison.of(plain, exact).total().relativeError())
                    .isBetween(1e-5, 0.6);
            for (Function<ParameterFactory, Module> make :
                    List.<Function<ParameterFactory, Module>>of(CodecTest::checkpointed, CodecTest::nested)) {
                Map<String, double[]> replayed = Steps.gradients(make, policy, dtype, 2, 96, Steps.WIDTH);
                plain.forEach((name, values) ->
                        assertThat(replayed.get(name)).as(name).isEqualTo(values));
            }
        }
    }

    @ParameterizedTest
    @MethodSource("policies")
    void shapesPriceThem(SavedTensorPolicy policy) {
        try (Engine engine = Engine.builder().threads(2).build();
                TensorScope root = engine.scope("")) {
            for (DType dtype : new DType[] {DType.FLOAT, DType.DOUBLE}) {
                ParameterFactory factory = new ParameterFactory(root, dtype, 1);
                priced(Steps.images(factory), Steps.input(root, dtype, 2, 8, 8, Steps.WIDTH), policy);
                priced(nested(factory), Steps.input(root, dtype, 96, Steps.WIDTH), policy);
            }
        }
    }

    private static void priced(Module model, Tensor input, SavedTensorPolicy policy) {
        ModelSummary summary = ModelSummary.of(model, List.of(input.spec()), tape -> tape.policy(policy));
        assertThat(StepFigures.predicted(summary))
                .isEqualTo(StepFigures.measured(model, List.of(input), tape -> tape.policy(policy)));
    }

    @ParameterizedTest
    @MethodSource("policies")
    void aTapeCanBeReadTwice(SavedTensorPolicy policy) {
        try (Engine engine = Engine.builder().threads(2).build();
                TensorScope root = engine.scope("")) {
            Module model = Steps.images(new ParameterFactory(root, DType.FLOAT, 3));
            Map<String, double[]> twice;
            Map<String, double[]> once;
            try (Tape tape = Tape.builder(root).policy(policy).build()) {
                Variable loss = Steps.loss(model.call(tape.constant(Steps.input(root, DType.FLOAT, 2, 8, 8, 16))));
                tape.backwardRetaining(loss);
                once = GradientComparison.snapshot(tape.gradients());
                tape.gradients().close();
            }
            try (Tape tape = Tape.builder(root).policy(policy).build()) {
                Variable loss = Steps.loss(model.call(tape.constant(Steps.input(root, DType.FLOAT, 2, 8, 8, 16))));
                tape.backwardRetaining(loss);
                try (Gradients gradients = tape.backward(loss)) {
                    twice = GradientComparison.snapshot(gradients);
                }
                assertThat(engine.ledger().liveBytes(MemoryKind.ACTIVATION)).isZero();
            }
            once.forEach((name, values) -> {
                for (int i = 0; i < values.length; i++) {
                    assertThat(twice.get(name)[i]).isEqualTo((float) (2 * values[i]));
                }
            });
        }
    }

    /** Kernels of products repeat at a number of threads; codes do at any. */
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 4, 8})
    void gradientsOfElementwiseOpsDoNotDependOnTheNumberOfThreads(int bits) {
        double[] one = tanhGradient(new QuantizedCodec(bits), 1);
        assertThat(tanhGradient(new QuantizedCodec(bits), 3)).isEqualTo(one);
        assertThat(tanhGradient(new QuantizedCodec(bits, 1), 3)).isNotEqualTo(one);
    }

    private static double[] tanhGradient(SavedTensorCodec codec, int threads) {
        try (Engine engine = Engine.builder().threads(threads).build();
                TensorScope scope = engine.scope("");
                Tape tape =
                        Tape.builder(scope).policy(SavedTensorPolicy.of(codec)).build()) {
            Variable x = tape.leaf(Steps.input(scope, DType.FLOAT, 300, 700));
            tape.backward(Sum.sum(Tanh.tanh(x)));
            return tape.gradient(x).toDoubles();
        }
    }

    /** x · x has two readers of one tensor, and exp keeps what tanh reads. */
    @Test
    void readersOfOneTensorShareItsCodes() {
        try (Engine engine = Engine.builder().threads(1).build();
                TensorScope scope = engine.scope("");
                Tape tape =
                        Tape.builder(scope).policy(SavedTensorPolicy.of(EIGHT)).build()) {
            Variable x = tape.leaf(Steps.input(scope, DType.FLOAT, 100, 256));
            Variable y = Exp.exp(x);
            Variable square = Multiply.multiply(y, y);
            assertThat(engine.ledger().liveBytes(MemoryKind.ACTIVATION)).isEqualTo(new QuantizedCodec(8).bytes(25_600));
            tape.backward(Sum.sum(square));
            double[] gradient = tape.gradient(x).toDoubles();
            double[] values = y.value().toDoubles();
            assertThat(engine.ledger().liveBytes(MemoryKind.ACTIVATION)).isZero();
            for (int i = 0; i < values.length; i++) {
                assertThat(gradient[i] / (2 * values[i] * values[i])).isBetween(0.5, 1.6);
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"60000", "90000", "130000", "140000", "150000"})
    void aStepThatRunsOutOfItsBudgetLeavesNothing(long budget) {
        try (Engine engine =
                        Engine.builder().threads(1).memoryBudgetBytes(budget).build();
                TensorScope root = engine.scope("")) {
            Module model = Steps.images(new ParameterFactory(root, DType.FLOAT, 3));
            long before = engine.ledger().liveBytes();
            assertThatExceptionOfType(MemoryBudgetException.class).isThrownBy(() -> {
                try (TensorScope scope = root.child();
                        Tape tape = Tape.builder(scope)
                                .policy(CompressPolicy.of(EIGHT))
                                .build()) {
                    Variable loss = Steps.loss(model.call(tape.constant(Steps.input(scope, DType.FLOAT, 4, 8, 8, 16))));
                    tape.backward(loss).close();
                }
            });
            assertThat(engine.ledger().liveBytes()).isEqualTo(before);
        }
    }

    /** A number that is not finite is not made one: neither by a codec, nor by the gradient behind it. */
    @Test
    void whatIsNotFiniteIsNoticed() {
        for (SavedTensorCodec codec : List.of(new Bf16Codec(), EIGHT, new QuantizedCodec(2))) {
            try (Engine engine = Engine.builder().threads(1).build();
                    TensorScope scope = engine.scope("");
                    Tape tape = Tape.builder(scope)
                            .policy(SavedTensorPolicy.of(codec))
                            .build()) {
                Tensor input = Steps.input(scope, DType.FLOAT, 1000);
                double[] values = input.toDoubles();
                values[500] = 1000;
                Variable x = tape.leaf(input.set(values));
                tape.backward(Sum.sum(Exp.exp(x)));
                double[] gradient = tape.gradient(x).toDoubles();
                assertThat(Double.isFinite(gradient[500])).isFalse();
                assertThat(gradient[0]).isFinite();
            }
        }
    }

    static Stream<Arguments> refusedBits() {
        return Stream.of(Arguments.of(0), Arguments.of(3), Arguments.of(16), Arguments.of(-8));
    }

    @ParameterizedTest
    @MethodSource("refusedBits")
    void otherBitsAreRefused(int bits) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new QuantizedCodec(bits))
                .withMessage("quantized codec: " + bits + " bits; choose 2, 4 or 8, or 1 to measure with");
        assertThatThrownBy(() -> new BlpaCodec(bits)).isInstanceOf(IllegalArgumentException.class);
    }
}
