package org.backpropaganda.experiments.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.backpropaganda.experiments.model.SuiteStep.spec;
import static org.backpropaganda.experiments.model.SuiteStep.step;

import java.util.Arrays;
import org.backpropaganda.autograd.technique.Fidelity;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.experiments.UserException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Blocks in pieces of the batch, alone and together with other techniques. */
class PiecesStrategiesTest {

    /**
     * The gradients are those of the strategy that runs whole, but for rounding; beside the largest of all, since the one of the
     * keys' biases is zero but for rounding itself.
     */
    @ParameterizedTest
    @CsvSource({
        "transformer, pieces:2, plain",
        "transformer, pieces:3, plain",
        "transformer, pieces:100, plain",
        "transformer, checkpoint+pieces:2, plain",
        "transformer, checkpoint:revolve=2+pieces:2, plain",
        "transformer, cheap+pieces:2, plain",
        "transformer, evict:200MiB+pieces:2, plain",
        "revvit, pieces:2, plain",
        "revvit, reversible+pieces:2, reversible",
        "revvit, checkpoint+reversible+pieces:3, reversible",
        "revgru, reversible+pieces:2, reversible",
        "neuralode, pieces:2, plain",
        "neuralode, reversible+pieces:2, reversible"
    })
    void gradientsAreThoseOfTheWhole(String kind, String strategy, String whole) {
        SuiteStep.Step expected = step(spec(kind, 4, 1, DType.DOUBLE), whole);
        SuiteStep.Step actual = step(spec(kind, 4, 1, DType.DOUBLE), strategy);
        assertThat(actual.loss()).isCloseTo(expected.loss(), within(1e-12));
        double largest = expected.gradients().values().stream()
                .flatMapToDouble(Arrays::stream)
                .map(Math::abs)
                .max()
                .orElseThrow();
        expected.gradients()
                .forEach((name, gradient) -> assertThat(actual.gradients().get(name))
                        .as(name)
                        .containsExactly(gradient, within(1e-12 * largest)));
    }

    @ParameterizedTest
    @CsvSource({
        "transformer, pieces:2, plain",
        "transformer, pieces:4, pieces:2",
        "transformer, checkpoint+pieces:4, checkpoint"
    })
    void lessIsHeldAtATime(String kind, String strategy, String than) {
        assertThat(step(spec(kind, 4, 1, DType.FLOAT), strategy).totalPeakBytes())
                .isLessThan(step(spec(kind, 4, 1, DType.FLOAT), than).totalPeakBytes());
    }

    /** Of what a block keeps, its input is left. */
    @Test
    void blocksKeepTheirInputs() {
        SuiteStep.Step pieces = step(spec("transformer", 4, 1, DType.DOUBLE), "pieces:2");
        SuiteStep.Step deeper = step(spec("transformer", 5, 1, DType.DOUBLE), "pieces:2");
        long tokens = (long) SuiteStep.BATCH * SuiteStep.SIDE * SuiteStep.SIDE;
        assertThat(deeper.savedBytes() - pieces.savedBytes()).isEqualTo(8 * tokens * 8);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            resnet      | pieces:2   | in its blocks a BatchNorm normalises by the statistics of the whole batch
            mlp         | pieces:2   | in its blocks a BatchNorm normalises by the statistics of the whole batch
            lstm        | pieces:2   | in its blocks a Lstm carries a state from step to step
            transformer | pieces     | technique 'pieces' needs an argument: write pieces:K
            transformer | pieces:1   | 1 pieces are not within 2 and
            transformer | pieces:few | 'few' is no number of pieces
            """)
    void whatCannotBeIsRefused(String model, String strategy, String told) {
        assertThatThrownBy(() -> Fit.check(spec(model, 4, 1, DType.FLOAT), Strategy.parse(strategy)))
                .isInstanceOf(UserException.class)
                .hasMessageContaining(told);
    }

    @Test
    void aStrategyTellsItsNumber() {
        assertThat(Strategy.parse("cheap+pieces:4")).hasToString("cheap+pieces:4");
        assertThat(Strategy.parse("pieces:4")).isNotEqualTo(Strategy.parse("pieces:3"));
        assertThat(Strategy.parse("pieces:4").fidelity()).isEqualTo(Fidelity.LOSSY);
    }
}
