package org.backpropaganda.autograd.op;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
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

class NegativeLogLikelihoodTest extends OpContract {

    @Override
    protected Stream<OpCase> cases() {
        return Stream.of(
                OpCase.of(new NegativeLogLikelihood(LabelWeights.equal()), in(4, 5), labels(5, 4)),
                OpCase.of(new NegativeLogLikelihood(LabelWeights.equal()), in(1, 2), labels(2, 1)),
                OpCase.of(new NegativeLogLikelihood(LabelWeights.equal()), in(3, 1), labels(1, 3))
                        .named("one class"),
                OpCase.of(new NegativeLogLikelihood(LabelWeights.equal()), in(17, 33), labels(33, 17)),
                OpCase.of(new NegativeLogLikelihood(LabelWeights.ofClasses(0.5, 2, 1)), in(6, 3), labels(3, 6)),
                OpCase.of(
                        new NegativeLogLikelihood(LabelWeights.equal().ignoring(-100)),
                        in(4, 5),
                        labels(5, 4).of(0, -100, 4, -100)),
                OpCase.of(
                        new NegativeLogLikelihood(
                                LabelWeights.ofClasses(0.5, 2, 1).ignoring(1)),
                        in(6, 3),
                        labels(3, 6).of(0, 1, 2, 1, 0, 2)),
                OpCase.of(
                                new NegativeLogLikelihood(LabelWeights.equal().ignoring(-100)),
                                in(2, 5),
                                labels(5, 2).of(-100, -100))
                        .named("no row counts"));
    }

    @Override
    protected Stream<Refusal> refusals() {
        return Stream.of(
                Refusal.of(new NegativeLogLikelihood(LabelWeights.equal()), spec(4), spec(DType.INT, 4)),
                Refusal.of(new NegativeLogLikelihood(LabelWeights.equal()), spec(4, 3), spec(DType.INT, 3)),
                Refusal.of(new NegativeLogLikelihood(LabelWeights.equal()), spec(4, 3), spec(4)),
                Refusal.of(new NegativeLogLikelihood(LabelWeights.equal()), spec(DType.INT, 4, 3), spec(DType.INT, 4)),
                Refusal.of(new NegativeLogLikelihood(LabelWeights.equal()), spec(4, 3)),
                Refusal.of(
                        new NegativeLogLikelihood(LabelWeights.ofClasses(0.5, 2, 1)), spec(4, 2), spec(DType.INT, 4)));
    }

    @Test
    void golden() {
        Golden golden = Golden.of(
                new NegativeLogLikelihood(LabelWeights.equal()),
                in(2, 3).of(-1, -2, -3, -4, -5, -6),
                labels(3, 2).of(2, 0));
        assertThat(golden.output()).containsExactly(3.5);
        assertThat(golden.gradients().get(0)).containsExactly(0.0, 0.0, -0.5, -0.5, 0.0, 0.0);
    }

    /** Weights 2 and 6 make the mean of 3 and 5 weigh a quarter and three quarters; the last row does not count. */
    @Test
    void weightedMean() {
        Golden golden = Golden.of(
                new NegativeLogLikelihood(LabelWeights.ofClasses(2, 6).ignoring(-1)),
                in(3, 2).of(-3, 0, 0, -5, Double.NEGATIVE_INFINITY, 9),
                labels(2, 3).of(0, 1, -1));
        assertThat(golden.output()).containsExactly(0.25 * 3 + 0.75 * 5);
        assertThat(golden.gradients().get(0)).containsExactly(-0.25, 0.0, 0.0, -0.75, 0.0, 0.0);
    }

    @Test
    void whereNoRowCountsTheLossIsZero() {
        Golden golden = Golden.of(
                new NegativeLogLikelihood(LabelWeights.equal().ignoring(1)),
                in(1, 2).of(-1, -2),
                labels(2, 1).of(1));
        assertThat(golden.output().get(0) + 0.0).isEqualTo(0.0);
        assertThat(golden.gradients().get(0)).containsExactly(0.0, 0.0);
    }

    @Test
    void labelsAreClasses() {
        assertThatThrownBy(() -> Golden.of(
                        new NegativeLogLikelihood(LabelWeights.equal()),
                        in(2, 3),
                        labels(3, 2).of(0, 3)))
                .isInstanceOf(ShapeException.class)
                .hasMessage("negativeLogLikelihood: label 3 at index 1 is not within [0, 3)");
    }

    @Test
    void weightsAreNotNegative() {
        assertThatThrownBy(() -> LabelWeights.ofClasses(1, -1))
                .isInstanceOf(ShapeException.class)
                .hasMessageContaining("[1.0, -1.0]");
    }
}
