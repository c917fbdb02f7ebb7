package org.backpropaganda.autograd.graph;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.DoubleSupplier;
import java.util.stream.DoubleStream;
import org.backpropaganda.autograd.op.Linear;
import org.backpropaganda.autograd.op.MeanSquaredError;
import org.backpropaganda.autograd.op.Sum;
import org.backpropaganda.autograd.op.Tanh;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.autograd.tensor.MemoryKind;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Several small batches against one large one. */
class GradientAccumulationTest {
    private static final int SAMPLES = 16;
    private static final int WIDTH = 8;

    /** How the loss of a batch depends on the weights. */
    private interface Loss {
        Variable of(Variable x, Variable target, Variable first, Variable second);
    }

    /** A run's gradients, and the most bytes that it held for backward. */
    @SuppressWarnings("ArrayRecordComponent")
    private record Run(double[] first, double[] second, long activationBytes) {}

    private static Run run(DType dtype, int batches, boolean mean, DoubleSupplier numbers, Loss loss) {
        try (Engine engine = Engine.builder().threads(1).build();
                TensorScope root = engine.scope("")) {
            Parameter first = new Parameter(root.allocate(Shape.of(WIDTH, WIDTH), dtype, MemoryKind.PARAMETER)
                    .fill(numbers));
            Parameter second = new Parameter(root.allocate(Shape.of(WIDTH, WIDTH), dtype, MemoryKind.PARAMETER)
                    .fill(numbers));
            double[] inputs = draw(numbers);
            double[] targets = draw(numbers);
            try (Gradients gradients = new Gradients(root)) {
                for (int i = 0; i < batches; i++) {
                    try (TensorScope scope = root.child();
                            Tape tape = Tape.builder(scope)
                                    .gradients(gradients)
                                    .share(mean ? 1.0 / batches : 1)
                                    .build()) {
                        Variable value = loss.of(
                                tape.constant(part(scope, dtype, inputs, i, batches)),
                                tape.constant(part(scope, dtype, targets, i, batches)),
                                tape.parameter(first),
                                tape.parameter(second));
                        if (i % 2 == 0) {
                            tape.backward(value);
                        } else {
                            Tensor share = scope.allocate(Shape.scalar(), dtype).fill(mean ? 1.0 / batches : 1);
                            tape.backward(List.of(value), List.of(share));
                        }
                    }
                }
                return new Run(
                        gradients.of(first).toDoubles(),
                        gradients.of(second).toDoubles(),
                        engine.ledger().peakBytes(MemoryKind.ACTIVATION));
            }
        }
    }

    private static double[] draw(DoubleSupplier numbers) {
        return DoubleStream.generate(numbers).limit(SAMPLES * WIDTH).toArray();
    }

    private static Tensor part(TensorScope scope, DType dtype, double[] all, int number, int of) {
        int size = all.length / of;
        return scope.allocate(Shape.of(SAMPLES / of, WIDTH), dtype, MemoryKind.INPUT)
                .set(Arrays.copyOfRange(all, number * size, (number + 1) * size));
    }

    private static Variable meanLoss(Variable x, Variable target, Variable first, Variable second) {
        return MeanSquaredError.meanSquaredError(Linear.linear(Tanh.tanh(Linear.linear(x, first)), second), target);
    }

    @ParameterizedTest
    @EnumSource(names = {"FLOAT", "DOUBLE"})
    void sharesOfMeansAddUpToTheMeanOfAll(DType dtype) {
        Run whole = run(dtype, 1, true, reals(), GradientAccumulationTest::meanLoss);
        double rounding = dtype == DType.FLOAT ? 1e-6 : 1e-15;
        for (int batches : new int[] {2, 4, 8}) {
            Run parts = run(dtype, batches, true, reals(), GradientAccumulationTest::meanLoss);
            assertClose(parts.first, whole.first, rounding);
            assertClose(parts.second, whole.second, rounding);
            assertThat(parts.activationBytes).isEqualTo(whole.activationBytes / batches);
        }
    }

    private static DoubleSupplier reals() {
        SplittableRandom random = new SplittableRandom(21);
        return () -> random.nextDouble(-1, 1);
    }

    /** Within a share of the largest element. */
    private static void assertClose(double[] actual, double[] expected, double share) {
        double largest = Arrays.stream(expected).map(Math::abs).max().orElseThrow();
        for (int i = 0; i < actual.length; i++) {
            assertThat(actual[i]).isCloseTo(expected[i], within(share * largest));
        }
    }

    /** Integers add up without rounding, and so do their halves: whatever differs then is no rounding. */
    @ParameterizedTest
    @ValueSource(ints = {2, 4, 8, 16})
    void isTheSameBitsWhereNothingRounds(int batches) {
        Loss sum = (x, target, first, second) -> Sum.sum(Linear.linear(Linear.linear(x, first), second));
        Loss mean = (x, target, first, second) ->
                MeanSquaredError.meanSquaredError(Linear.linear(Linear.linear(x, first), second), target);
        for (DType dtype : List.of(DType.FLOAT, DType.DOUBLE)) {
            assertSameBits(run(dtype, batches, false, integers(), sum), run(dtype, 1, false, integers(), sum));
            assertSameBits(run(dtype, batches, true, integers(), mean), run(dtype, 1, true, integers(), mean));
        }
    }

    private static DoubleSupplier integers() {
        SplittableRandom random = new SplittableRandom(22);
        return () -> random.nextInt(-4, 5);
    }

    private static void assertSameBits(Run actual, Run expected) {
        assertThat(actual.first).isEqualTo(expected.first);
        assertThat(actual.second).isEqualTo(expected.second);
        assertThat(Arrays.stream(expected.first).distinct().count()).isGreaterThan(WIDTH);
    }

    @ParameterizedTest
    @ValueSource(doubles = {0, -0.5, Double.NaN, Double.POSITIVE_INFINITY})
    void aShareIsAPositiveNumber(double share) {
        try (Engine engine = Engine.builder().threads(1).build();
                TensorScope root = engine.scope("")) {
            assertThatThrownBy(() -> Tape.builder(root).share(share))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageStartingWith("share " + share + " of a step is not a positive number");
        }
    }
}
