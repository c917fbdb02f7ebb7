package org.backpropaganda.autograd.nn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.kernel.Window;
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
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class LayersTest {
    private final Engine engine = Engine.builder().threads(2).build();
    private final TensorScope root = engine.scope("");

    @AfterEach
    void close() {
        engine.close();
    }

    private Tensor random(DType dtype, long seed, long... dims) {
        Tensor x = root.allocate(Shape.of(dims), dtype, MemoryKind.INPUT);
        return x.set(new SplittableRandom(seed).doubles(x.elements(), -1, 3).toArray());
    }

    private static void assertClose(double[] actual, double[] expected, double tolerance) {
        assertThat(actual).hasSameSizeAs(expected);
        for (int i = 0; i < actual.length; i++) {
            assertThat(actual[i]).as("element %d", i).isCloseTo(expected[i], within(tolerance));
        }
    }

    private static double tolerance(DType dtype) {
        return dtype == DType.DOUBLE ? 1e-12 : 2e-5;
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void linearHasABiasOrNone(boolean withBias) {
        ParameterFactory factory = new ParameterFactory(root, DType.DOUBLE, 1);
        Linear linear = new Linear(factory, 3, 2, withBias);
        assertThat(linear.parameters().keySet())
                .containsExactlyElementsOf(withBias ? List.of("weight", "bias") : List.of("weight"));
        double[] w = linear.parameters().get("weight").value().toDoubles();
        double bias = withBias ? 0.5 : 0;
        if (withBias) {
            assertThat(linear.parameters().get("bias").value().toDoubles()).containsOnly(0);
            linear.parameters().get("bias").value().fill(bias);
        }
        Tensor x = random(DType.DOUBLE, 2, 4, 3);
        double[] xs = x.toDoubles();
        double[] expected = new double[8];
        for (int n = 0; n < 4; n++) {
            for (int o = 0; o < 2; o++) {
                expected[2 * n + o] = bias;
                for (int i = 0; i < 3; i++) {
                    expected[2 * n + o] += w[3 * o + i] * xs[3 * n + i];
                }
            }
        }
        try (Tape tape = Tape.inference(root)) {
            assertClose(linear.call(tape.constant(x)).value().toDoubles(), expected, 1e-13);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void conv2dHasABiasOrNone(boolean withBias) {
        ParameterFactory factory = new ParameterFactory(root, DType.DOUBLE, 1);
        Conv2d conv = new Conv2d(factory, 4, 6, Window.square(1, 1, 0), 2, withBias, Initializer.heUniform());
        assertThat(conv.parameters().keySet())
                .containsExactlyElementsOf(withBias ? List.of("weight", "bias") : List.of("weight"));
        assertThat(conv.parameters().get("weight").value().shape()).isEqualTo(Shape.of(6, 2, 1, 1));
        double[] w = conv.parameters().get("weight").value().toDoubles();
        double bias = withBias ? -0.25 : 0;
        if (withBias) {
            conv.parameters().get("bias").value().fill(bias);
        }
        Tensor x = random(DType.DOUBLE, 2, 1, 2, 2, 4);
        double[] xs = x.toDoubles();
        double[] expected = new double[4 * 6];
        for (int pixel = 0; pixel < 4; pixel++) {
            for (int o = 0; o < 6; o++) {
                int group = o / 3;
                expected[6 * pixel + o] =
                        bias + w[2 * o] * xs[4 * pixel + 2 * group] + w[2 * o + 1] * xs[4 * pixel + 2 * group + 1];
            }
        }
        try (Tape tape = Tape.inference(root)) {
            assertClose(conv.call(tape.constant(x)).value().toDoubles(), expected, 1e-13);
        }
    }

    @Test
    void groupsMustDivide() {
        ParameterFactory factory = new ParameterFactory(root, DType.FLOAT, 1);
        for (int groups : new int[] {0, 2, 3}) {
            assertThatExceptionOfType(ShapeException.class)
                    .isThrownBy(() ->
                            new Conv2d(factory, 3, 4, Window.square(1, 1, 0), groups, false, Initializer.heNormal()))
                    .withMessage("conv2d: " + groups + " groups do not divide 3 inputs and 4 outputs");
        }
        assertThat(engine.ledger().liveBytes()).isZero();
    }

    @ParameterizedTest
    @EnumSource(names = {"FLOAT", "DOUBLE"})
    void batchNormMovesItsStatisticsAsPyTorchDoes(DType dtype) {
        int channels = 3;
        int count = 2 * 2 * 5;
        double momentum = 0.3;
        BatchNorm norm = new BatchNorm(new ParameterFactory(root, dtype, 1), channels, 1e-3, momentum);
        double[] mean = new double[channels];
        double[] variance = {1, 1, 1};
        int version = norm.statistics().mean().version();
        for (int step = 0; step < 4; step++) {
            Tensor x = random(dtype, step, 2, 2, 5, channels);
            try (Tape tape = Tape.training(root, 0)) {
                norm.call(tape.constant(x));
            }
            double[] xs = x.toDoubles();
            for (int c = 0; c < channels; c++) {
                double sum = 0;
                for (int i = 0; i < count; i++) {
                    sum += xs[i * channels + c];
                }
                double squares = 0;
                for (int i = 0; i < count; i++) {
                    squares += Math.pow(xs[i * channels + c] - sum / count, 2);
                }
                mean[c] = (1 - momentum) * mean[c] + momentum * sum / count;
                variance[c] = (1 - momentum) * variance[c] + momentum * squares / (count - 1);
            }
            assertClose(norm.buffers().get("running_mean").toDoubles(), mean, tolerance(dtype));
            assertClose(norm.buffers().get("running_var").toDoubles(), variance, tolerance(dtype));
        }
        assertThat(norm.statistics().mean().version()).isEqualTo(version + 4);
        assertThat(norm.statistics().variance().kind()).isEqualTo(MemoryKind.PARAMETER);
    }

    @ParameterizedTest
    @EnumSource(names = {"FLOAT", "DOUBLE"})
    void batchNormEvaluatesWithItsStatistics(DType dtype) {
        BatchNorm norm = new BatchNorm(new ParameterFactory(root, dtype, 1), 2, 0.5, 0.1);
        norm.statistics().mean().set(1, -1);
        norm.statistics().variance().set(3.5, 0);
        norm.weight().value().set(2, 1);
        norm.bias().value().set(0.5, 0);
        Tensor x = root.allocate(Shape.of(1, 2), dtype, MemoryKind.INPUT).set(3, 1);
        int version = norm.statistics().mean().version();
        try (Tape tape = Tape.inference(root)) {
            assertClose(
                    norm.call(tape.constant(x)).value().toDoubles(),
                    new double[] {2.5, 2 / Math.sqrt(0.5)},
                    tolerance(dtype));
        }
        assertThat(norm.statistics().mean().version()).isEqualTo(version);
        assertThat(norm.statistics().mean().toDoubles()).containsExactly(1, -1);
    }

    @ParameterizedTest
    @EnumSource(names = {"FLOAT", "DOUBLE"})
    void batchNormWithReluIsTheTwoLayers(DType dtype) {
        BatchNorm fused = BatchNorm.withRelu(new ParameterFactory(root, dtype, 1), 8);
        BatchNorm norm = new BatchNorm(new ParameterFactory(root, dtype, 1), 8);
        Module apart = new Sequential(norm, Activation.relu());
        assertThat(fused.parameters().keySet()).containsExactly("weight", "bias");
        for (long step = 0; step < 3; step++) {
            Tensor x = random(dtype, step, 2, 3, 3, 8);
            assertClose(dropped(fused, 0, x), dropped(apart, 0, x), tolerance(dtype));
        }
        Tensor x = random(dtype, 9, 2, 3, 3, 8);
        try (Tape tape = Tape.inference(root)) {
            double[] expected = apart.call(tape.constant(x)).value().toDoubles();
            assertClose(fused.call(tape.constant(x)).value().toDoubles(), expected, tolerance(dtype));
        }
        assertClose(
                fused.statistics().variance().toDoubles(),
                norm.statistics().variance().toDoubles(),
                tolerance(dtype));
    }

    @Test
    void batchNormOfOneValueAChannelIsRefused() {
        BatchNorm norm = new BatchNorm(new ParameterFactory(root, DType.FLOAT, 1), 2);
        try (Tape tape = Tape.training(root, 0)) {
            Variable x = tape.constant(random(DType.FLOAT, 1, 1, 2));
            assertThatExceptionOfType(ShapeException.class)
                    .isThrownBy(() -> norm.call(x))
                    .withMessageContaining("use a larger batch");
        }
        assertThat(norm.statistics().variance().toDoubles()).containsOnly(1);
    }

    private double[] dropped(Module model, long seed, Tensor x) {
        try (Tape tape = Tape.training(root, seed)) {
            return model.call(tape.constant(x)).value().toDoubles();
        }
    }

    @Test
    void dropoutFollowsTheSeed() {
        Dropout dropout = new Dropout(0.4);
        Tensor x = root.allocate(Shape.of(500), DType.FLOAT, MemoryKind.INPUT).fill(1);
        double[] first = dropped(dropout, 3, x);
        assertThat(first).contains(0).doesNotContain(1);
        assertThat(dropped(dropout, 3, x)).containsExactly(first);
        assertThat(dropped(dropout, 4, x)).isNotEqualTo(first);
        assertThat(dropped(new Dropout(0.4), 3, x)).containsExactly(first);
    }

    /** Two calls on one tape, and two places in one model, draw masks of their own. */
    @Test
    void dropoutDiffersFromCallToCall() {
        Dropout shared = new Dropout(0.5);
        Tensor x = root.allocate(Shape.of(500), DType.FLOAT, MemoryKind.INPUT).fill(1);
        List<double[]> masks = new ArrayList<>();
        try (Tape tape = Tape.training(root, 3)) {
            for (int i = 0; i < 3; i++) {
                masks.add(shared.call(tape.constant(x)).value().toDoubles());
            }
            UnaryModule twice = new UnaryModule() {
                private final Module a = register("a", new Dropout(0.5));
                private final Module b = register("b", new Dropout(0.5));

                @Override
                protected Variable forward(Variable in) {
                    masks.add(a.call(in).value().toDoubles());
                    masks.add(b.call(in).value().toDoubles());
                    return in;
                }
            };
            twice.call(tape.constant(x));
        }
        assertThat(masks).hasSize(5);
        assertThat(masks.stream().map(Arrays::toString).distinct()).hasSize(5);
    }

    @Test
    void dropoutInEvaluationIsTheInputItself() {
        Tensor x = random(DType.FLOAT, 1, 50);
        try (Tape tape = Tape.inference(root)) {
            Variable in = tape.constant(x);
            assertThat(new Dropout(0.9).call(in)).isSameAs(in);
        }
        try (Tape tape = Tape.training(root, 1)) {
            Variable in = tape.constant(x);
            assertThat(new Dropout(0).call(in)).isSameAs(in);
        }
    }

    @ParameterizedTest
    @ValueSource(doubles = {-0.1, 1, Double.NaN})
    void dropoutRefusesBadProbabilities(double probability) {
        assertThatExceptionOfType(ShapeException.class)
                .isThrownBy(() -> new Dropout(probability))
                .withMessage("dropout: probability " + probability + " is not within [0, 1)");
    }
}
