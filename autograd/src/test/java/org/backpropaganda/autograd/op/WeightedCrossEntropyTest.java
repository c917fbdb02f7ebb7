package org.backpropaganda.autograd.op;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.backpropaganda.autograd.testkit.Input.in;
import static org.backpropaganda.autograd.testkit.Input.labels;
import static org.backpropaganda.autograd.testkit.Refusal.spec;

import java.util.stream.Stream;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.ShapeException;
import org.backpropaganda.autograd.testkit.OpCase;
import org.backpropaganda.autograd.testkit.OpContract;
import org.backpropaganda.autograd.testkit.Refusal;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class WeightedCrossEntropyTest extends OpContract {

    @Override
    protected Stream<OpCase> cases() {
        return Stream.of(
                OpCase.of(new WeightedCrossEntropy(0, LabelWeights.equal()), in(4, 5), labels(5, 4)),
                OpCase.of(new WeightedCrossEntropy(0, LabelWeights.equal()), in(1, 2), labels(2, 1)),
                OpCase.of(new WeightedCrossEntropy(0, LabelWeights.equal()), in(3, 1), labels(1, 3))
                        .named("one class"),
                OpCase.of(new WeightedCrossEntropy(0, LabelWeights.equal()), in(17, 33), labels(33, 17)),
                OpCase.of(new WeightedCrossEntropy(0, LabelWeights.ofClasses(0.5, 2, 1)), in(6, 3), labels(3, 6)),
                OpCase.of(
                        new WeightedCrossEntropy(0, LabelWeights.equal().ignoring(-100)),
                        in(4, 5),
                        labels(5, 4).of(0, -100, 4, -100)),
                OpCase.of(
                        new WeightedCrossEntropy(
                                0, LabelWeights.ofClasses(0.5, 2, 1).ignoring(1)),
                        in(6, 3),
                        labels(3, 6).of(0, 1, 2, 1, 0, 2)),
                OpCase.of(
                                new WeightedCrossEntropy(0, LabelWeights.equal().ignoring(-100)),
                                in(2, 5),
                                labels(5, 2).of(-100, -100))
                        .named("no row counts"),
                OpCase.of(new WeightedCrossEntropy(0.1, LabelWeights.equal()), in(17, 33), labels(33, 17))
                        .named("smoothed"),
                OpCase.of(
                                new WeightedCrossEntropy(
                                        0.2, LabelWeights.ofClasses(0.5, 2, 1).ignoring(1)),
                                in(6, 3),
                                labels(3, 6))
                        .named("all options"),
                OpCase.of(new WeightedCrossEntropy(1, LabelWeights.equal()), in(6, 3), labels(3, 6))
                        .named("uniform"));
    }

    @Override
    protected Stream<Refusal> refusals() {
        return Stream.of(
                Refusal.of(new WeightedCrossEntropy(0, LabelWeights.equal()), spec(4), spec(DType.INT, 4)),
                Refusal.of(new WeightedCrossEntropy(0, LabelWeights.equal()), spec(4, 3), spec(DType.INT, 3)),
                Refusal.of(new WeightedCrossEntropy(0, LabelWeights.equal()), spec(4, 3), spec(4)),
                Refusal.of(
                        new WeightedCrossEntropy(0, LabelWeights.equal()), spec(DType.INT, 4, 3), spec(DType.INT, 4)),
                Refusal.of(new WeightedCrossEntropy(0, LabelWeights.equal()), spec(4, 3)),
                Refusal.of(
                        new WeightedCrossEntropy(0, LabelWeights.ofClasses(0.5, 2, 1)),
                        spec(4, 2),
                        spec(DType.INT, 4)));
    }

    private static final double[] LOGITS = {0.5, -1, 2, 1, 1.5, -0.25, 0, 3, -2};

    private static double logProbability(int row, int label) {
        double sum = 0;
        for (int c = 0; c < 3; c++) {
            sum += Math.exp(LOGITS[3 * row + c]);
        }
        return LOGITS[3 * row + label] - Math.log(sum);
    }

    /** Rows of class 0 and 1 with weights 0.5 and 2, ε = 0.3; the last row is ignored. */
    @Test
    void golden() {
        double[] w = {0.5, 2, 1};
        int[] label = {0, 1};
        double expected = 0;
        double[] gradient = new double[9];
        for (int b = 0; b < 2; b++) {
            double uniform = 0;
            for (int c = 0; c < 3; c++) {
                uniform += w[c] * logProbability(b, c);
            }
            expected -= (0.7 * w[label[b]] * logProbability(b, label[b]) + 0.1 * uniform) / 2.5;
            for (int c = 0; c < 3; c++) {
                double p = Math.exp(logProbability(b, c));
                double sharp = 0.7 * w[label[b]];
                gradient[3 * b + c] = (p * (sharp + 0.1 * 3.5) - (c == label[b] ? sharp : 0) - 0.1 * w[c]) / 2.5;
            }
        }
        Golden golden = Golden.of(
                new WeightedCrossEntropy(0.3, LabelWeights.ofClasses(w).ignoring(-100)),
                in(3, 3).of(LOGITS),
                labels(3, 3).of(0, 1, -100));
        assertThat(golden.output().get(0)).isCloseTo(expected, within(1e-14));
        for (int i = 0; i < 9; i++) {
            assertThat(golden.gradients().get(0).get(i)).isCloseTo(gradient[i], within(1e-15));
        }
    }

    /** Smoothed labels of equal logits still cost the logarithm of the classes. */
    @Test
    void equalLogitsCostTheLogarithmOfTheClasses() {
        Golden golden = Golden.of(
                new WeightedCrossEntropy(0.1, LabelWeights.equal()),
                in(1, 4).of(3, 3, 3, 3),
                labels(4, 1).of(2));
        assertThat(golden.output().get(0)).isCloseTo(Math.log(4), within(1e-14));
        assertThat(golden.gradients().get(0).get(0)).isCloseTo(0.25 - 0.1 / 4, within(1e-15));
        assertThat(golden.gradients().get(0).get(2)).isCloseTo(0.25 - 0.9 - 0.1 / 4, within(1e-15));
    }

    @Test
    void isSoftmaxCrossEntropyWithoutOptions() {
        Golden plain = Golden.of(
                new SoftmaxCrossEntropy(), in(3, 3).of(LOGITS), labels(3, 3).of(2, 0, 1));
        Golden golden = Golden.of(
                new WeightedCrossEntropy(0, LabelWeights.equal()),
                in(3, 3).of(LOGITS),
                labels(3, 3).of(2, 0, 1));
        assertThat(golden.output().get(0)).isCloseTo(plain.output().get(0), within(1e-15));
        for (int i = 0; i < 9; i++) {
            assertThat(golden.gradients().get(0).get(i))
                    .isCloseTo(plain.gradients().get(0).get(i), within(1e-15));
        }
    }

    /** Where the probability of the label underflows: 0.9 of the difference, and 0.1 of the mean difference. */
    @ParameterizedTest
    @EnumSource(names = {"FLOAT", "DOUBLE"})
    void largeLogits(DType dtype) {
        Golden golden = Golden.of(
                dtype,
                new WeightedCrossEntropy(0.5, LabelWeights.equal()),
                in(1, 2).of(-10_000, 10_000),
                labels(2, 1).of(0));
        assertThat(golden.output()).containsExactly(0.5 * 20_000 + 0.25 * 20_000);
        assertThat(golden.gradients().get(0)).containsExactly(-0.75, 0.75);
    }

    @Test
    void smoothingIsAShare() {
        assertThatThrownBy(() -> new WeightedCrossEntropy(1.5, LabelWeights.equal()))
                .isInstanceOf(ShapeException.class)
                .hasMessageContaining("smoothing 1.5");
    }
}
