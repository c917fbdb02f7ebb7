package org.backpropaganda.reversible.abn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.backpropaganda.autograd.check.GradientComparison;
import org.backpropaganda.autograd.graph.Gradients;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.graph.TapeBuilder;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.kernel.HostLoop;
import org.backpropaganda.autograd.nn.Activation;
import org.backpropaganda.autograd.nn.BatchNorm;
import org.backpropaganda.autograd.nn.LeakyRelu;
import org.backpropaganda.autograd.nn.Linear;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.nn.ParameterFactory;
import org.backpropaganda.autograd.nn.Sequential;
import org.backpropaganda.autograd.op.Multiply;
import org.backpropaganda.autograd.op.Ops;
import org.backpropaganda.autograd.op.Scale;
import org.backpropaganda.autograd.op.Sum;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.autograd.tensor.MemoryKind;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.backpropaganda.reversible.AdditiveCoupling;
import org.backpropaganda.reversible.ReversibleSequence;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Each activation and variant, in training, with frozen statistics and in evaluation, against the two layers, in DOUBLE. */
class InPlaceAbnFormsTest {
    private static final int ROWS = 9;
    private static final int WIDTH = 4;

    private final Engine engine = Engine.builder().threads(1).build();
    private final TensorScope root = engine.scope("");

    @AfterEach
    void close() {
        engine.close();
    }

    private enum Mode {
        TRAINING,
        FROZEN,
        EVALUATION;

        void set(TapeBuilder tape, Module model) {
            switch (this) {
                case TRAINING -> {}
                case FROZEN -> tape.frozenStatistics(model);
                case EVALUATION -> tape.evaluating();
            }
        }
    }

    static Stream<Arguments> forms() {
        return Stream.of(
                        InvertibleActivation.leakyRelu(0.01),
                        InvertibleActivation.leakyRelu(1),
                        InvertibleActivation.elu(0.5),
                        InvertibleActivation.identity())
                .flatMap(activation -> Stream.of(InPlaceAbn.Variant.values())
                        .flatMap(variant -> Stream.of(Mode.values())
                                .flatMap(mode -> Stream.of(1.0, 3e-4, 0.0)
                                        .map(least -> Arguments.of(activation, variant, mode, least)))));
    }

    private BatchNorm norm(double least) {
        BatchNorm norm = new BatchNorm(new ParameterFactory(root, DType.DOUBLE, 3), WIDTH);
        norm.weight().value().set(1.5, -least, 0.25, least);
        norm.bias().value().set(0.5, 0.75, -1, 0.25);
        norm.statistics().mean().set(0.5, 0, -0.25, 1);
        norm.statistics().variance().set(1, 0.5, 2, 0.25);
        return norm;
    }

    private Tensor random(long seed) {
        Tensor tensor = root.allocate(Shape.of(ROWS, WIDTH), DType.DOUBLE, MemoryKind.INPUT);
        return tensor.set(
                new SplittableRandom(seed).doubles(tensor.elements(), -1, 1).toArray());
    }

    private Map<String, double[]> step(Mode mode, BatchNorm norm, Module pair) {
        ParameterFactory factory = new ParameterFactory(root, DType.DOUBLE, 7);
        Linear first = new Linear(factory, WIDTH, WIDTH, true);
        Linear last = new Linear(factory, WIDTH, WIDTH, true);
        Module model = new Sequential(first, pair, last);
        TapeBuilder builder = Tape.builder(root).seed(1);
        mode.set(builder, model);
        Map<String, double[]> values = new LinkedHashMap<>();
        try (Tape tape = builder.build()) {
            Variable x = tape.leaf(random(1));
            Variable y = model.call(x);
            values.put("y", y.value().toDoubles());
            Variable loss = Sum.sum(Multiply.multiply(y, tape.constant(random(2))));
            try (Gradients gradients = tape.backward(loss)) {
                for (var parameter : List.of(
                        first.parameterList().get(0),
                        norm.weight(),
                        norm.bias(),
                        last.parameterList().get(0))) {
                    values.put(values.size() + "", gradients.of(parameter).toDoubles());
                }
            }
            values.put("x", tape.gradient(x).toDoubles());
        }
        norm.buffers().forEach((name, buffer) -> values.put(name, buffer.toDoubles()));
        return values;
    }

    @ParameterizedTest(name = "{0} {1} {2} {3}")
    @MethodSource("forms")
    void areTheTwoLayers(InvertibleActivation activation, InPlaceAbn.Variant variant, Mode mode, double least) {
        BatchNorm plain = norm(least);
        BatchNorm shared = norm(least);
        InPlaceAbn abn = InPlaceAbn.builder(shared)
                .activation(activation)
                .variant(variant)
                .build()
                .onWarning(text -> {});
        Map<String, double[]> expected = step(mode, plain, new Sequential(plain, new Activation(activation::apply)));
        Map<String, double[]> actual = step(mode, shared, abn);
        assertThat(actual.keySet()).isEqualTo(expected.keySet());
        expected.forEach(
                (what, values) -> assertThat(actual.get(what)).as(what).containsExactly(values, within(1e-10)));
        assertThat(actual.get("y")).containsExactly(expected.get("y"), within(1e-15));
    }

    /** Channels that fill vectors, and channels that are folded for it, some of them lost. */
    @ParameterizedTest
    @CsvSource({"16, I", "16, II", "12, I", "12, II"})
    void manyRowsInFloat(int channels, InPlaceAbn.Variant variant) {
        int rows = 4096;
        double[] x =
                new SplittableRandom(1).doubles((long) rows * channels, -1, 3).toArray();
        double[] dz =
                new SplittableRandom(2).doubles((long) rows * channels, -1, 1).toArray();
        Map<Boolean, List<double[]>> steps = new LinkedHashMap<>();
        for (boolean inPlace : new boolean[] {false, true}) {
            BatchNorm norm = new BatchNorm(new ParameterFactory(root, DType.FLOAT, 1), channels);
            for (int c = 0; c < channels; c++) {
                HostLoop.row(norm.weight().value(), 0, channels).set(c, c % 5 == 0 ? 0 : c % 2 == 0 ? -1 - c : 0.1 * c);
                HostLoop.row(norm.bias().value(), 0, channels).set(c, 0.5 - 0.1 * c);
            }
            Module layer = inPlace
                    ? InPlaceAbn.builder(norm).variant(variant).build().onWarning(text -> {})
                    : new Sequential(norm, LeakyRelu.inPlace(0.01));
            try (TensorScope step = root.child();
                    Tape tape = Tape.training(step, 1)) {
                Tensor batch = step.allocate(Shape.of(rows, channels), DType.FLOAT, MemoryKind.INPUT);
                Tensor slopes = step.allocate(Shape.of(rows, channels), DType.FLOAT, MemoryKind.INPUT);
                Variable leaf = tape.leaf(batch.set(x));
                Variable z = layer.call(Scale.scale(leaf, 2));
                Variable loss = Sum.sum(Multiply.multiply(z, tape.constant(slopes.set(dz))));
                try (Gradients gradients = tape.backward(loss)) {
                    steps.put(
                            inPlace,
                            List.of(
                                    tape.gradient(leaf).toDoubles(),
                                    gradients.of(norm.weight()).toDoubles(),
                                    gradients.of(norm.bias()).toDoubles()));
                }
            }
        }
        double[] bounds = {2e-5, 2e-2, 2e-2};
        for (int i = 0; i < bounds.length; i++) {
            assertThat(steps.get(true).get(i)).containsExactly(steps.get(false).get(i), within(bounds[i]));
        }
    }

    /** What was saved is looked at, and not overwritten. */
    @ParameterizedTest
    @EnumSource(InPlaceAbn.Variant.class)
    void aSecondBackwardGivesTheSame(InPlaceAbn.Variant variant) {
        ParameterFactory factory = new ParameterFactory(root, DType.DOUBLE, 7);
        Module model = new Sequential(
                new Linear(factory, WIDTH, WIDTH, true),
                InPlaceAbn.builder(norm(0)).variant(variant).build().onWarning(text -> {}),
                new InPlaceLayerNorm(factory, WIDTH),
                new Linear(factory, WIDTH, WIDTH, true));
        try (Tape tape = Tape.training(root, 1)) {
            Variable y = model.call(tape.constant(random(1)));
            Variable loss = Sum.sum(Multiply.multiply(y, tape.constant(random(2))));
            try (Gradients gradients = tape.backwardRetaining(loss)) {
                Map<String, double[]> first = GradientComparison.snapshot(gradients);
                gradients.clear();
                tape.backward(loss);
                Map<String, double[]> second = GradientComparison.snapshot(gradients);
                assertThat(second.keySet()).isEqualTo(first.keySet()).hasSize(8);
                first.forEach(
                        (name, values) -> assertThat(second.get(name)).as(name).containsExactly(values));
            }
        }
    }

    @Test
    void aPlainNormSharesWhatItLearns() {
        InPlaceAbn abn = new InPlaceAbn(new ParameterFactory(root, DType.DOUBLE, 1), WIDTH, 0.1);
        BatchNorm plain = abn.toBatchNorm();
        assertThat(plain.weight()).isSameAs(abn.weight());
        assertThat(plain.bias()).isSameAs(abn.bias());
        assertThat(plain.epsilon()).isEqualTo(abn.epsilon());
        try (Tape tape = Tape.training(root, 1)) {
            abn.call(tape.constant(random(1)));
        }
        assertThat(plain.buffers().get("running_mean").toDoubles())
                .containsExactly(abn.buffers().get("running_mean").toDoubles())
                .doesNotContain(0);
    }

    /** A function of a reversible sequence runs twice in a step. */
    @Test
    void cumulativeStatisticsCountAStepOnce() {
        ParameterFactory factory = new ParameterFactory(root, DType.DOUBLE, 1);
        InPlaceAbn abn = InPlaceAbn.builder(BatchNorm.withCumulativeStatistics(factory, WIDTH))
                .build();
        Linear other = new Linear(factory, WIDTH, WIDTH, false);
        Module f = new Sequential(new Linear(factory, WIDTH, WIDTH, false), abn);
        Module model = new ReversibleSequence(List.of(new AdditiveCoupling(f, other)));
        assertThat(abn.buffers()).containsOnlyKeys("running_mean", "running_var", "num_batches_tracked");
        for (int step = 1; step <= 3; step++) {
            try (TensorScope scope = root.child();
                    Tape tape = Tape.training(scope, step)) {
                List<Variable> y = model.call(List.of(tape.constant(random(1)), tape.constant(random(2))));
                tape.backward(Ops.sum(Ops.plus(y.get(0), y.get(1)))).close();
            }
            assertThat(abn.buffers().get("num_batches_tracked").item()).isEqualTo(step);
        }
    }

    @ParameterizedTest
    @ValueSource(doubles = {0, -0.1, 1.5, Double.NaN})
    void aSlopeThatCannotBeUndoneIsRefused(double slope) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> InvertibleActivation.leakyRelu(slope))
                .withMessage("InPlaceAbn: slope " + slope
                        + " is not within (0, 1]: a rectifier that is not invertible loses what backward needs");
    }

    @ParameterizedTest
    @ValueSource(doubles = {0, -1, Double.POSITIVE_INFINITY, Double.NaN})
    void anAlphaThatCannotBeUndoneIsRefused(double alpha) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> InvertibleActivation.elu(alpha))
                .withMessage("InPlaceAbn: alpha " + alpha
                        + " of ELU is not positive and finite: what is negative could not be had back");
    }

    @Test
    void aNormWithAReluInItIsRefused() {
        BatchNorm rectified = BatchNorm.withRelu(new ParameterFactory(root, DType.DOUBLE, 1), WIDTH);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> InPlaceAbn.builder(rectified))
                .withMessage("InPlaceAbn: the batch norm has a ReLU in it, which cannot be undone");
    }
}
