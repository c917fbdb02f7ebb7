package org.backpropaganda.experiments.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.backpropaganda.experiments.model.SuiteStep.BATCH;
import static org.backpropaganda.experiments.model.SuiteStep.SIDE;
import static org.backpropaganda.experiments.model.SuiteStep.spec;
import static org.backpropaganda.experiments.model.SuiteStep.step;
import static org.backpropaganda.experiments.model.SuiteStep.worstRelativeError;

import org.backpropaganda.autograd.nn.ParameterFactory;
import org.backpropaganda.autograd.technique.Part;
import org.backpropaganda.autograd.technique.Run;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.experiments.UserException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Models whose couplings are their own. */
class ReversibleArchitecturesTest {
    private static final long CLASSES = 10;
    private static final long WIDTH = 8;

    /** So wide that no function of an irevnet has one channel, whose scale the next norm would take out of the gradient. */
    private static ModelSpec wide(String model, int depth, DType dtype) {
        ModelSpec narrow = spec(model, depth, 1, dtype);
        return new ModelSpec(model, new ModelSpec.Size(depth, 16), 1, narrow.images(), dtype);
    }

    /** Both streams of a stage, which have as many elements as those of any other, the means, and the probabilities. */
    @ParameterizedTest
    @ValueSource(ints = {1, 3})
    void anIRevnetSavesTheStreamsOfOneStage(int depth) {
        long streams = BATCH * SIDE * SIDE * WIDTH;
        long means = BATCH * WIDTH * 16;
        assertThat(step(spec("irevnet", depth, 1, DType.FLOAT), "reversible").savedBytes())
                .isEqualTo(Float.BYTES * (streams + means + BATCH * CLASSES));
    }

    @Test
    void theThreeStagesOfAnIRevnetAreOneRun() {
        ModelSpec spec = spec("irevnet", 2, 1, DType.FLOAT);
        try (Engine engine = Engine.withoutMemory()) {
            Part structure = spec.architecture()
                    .describe(
                            spec,
                            new Layers(
                                    new ParameterFactory(engine.scope(""), DType.FLOAT, 0), spec.slope(), new Taps()));
            assertThat(structure.all(Run.class))
                    .singleElement()
                    .satisfies(run -> assertThat(run.blocks()).hasSize(6));
        }
        assertThat(spec.blocks()).isEqualTo(6);
    }

    /** Both streams, their mean with two statistics a token for the last norm, its mean over tokens, and the probabilities. */
    @ParameterizedTest
    @ValueSource(ints = {2, 6})
    void aReversibleTransformerSavesTheLastStreams(int depth) {
        long tokens = BATCH * (SIDE / 4) * (SIDE / 4);
        assertThat(step(spec("revvit", depth, 1, DType.FLOAT), "reversible").savedBytes())
                .isEqualTo(Float.BYTES * (3 * tokens * WIDTH + 2 * tokens + BATCH * WIDTH + BATCH * CLASSES));
    }

    @ParameterizedTest
    @CsvSource({"irevnet, 4, 12", "revvit, 8, 8"})
    void gradientsAndEvaluations(String model, int depth, int blocks) {
        ModelSpec spec = wide(model, depth, DType.DOUBLE);
        SuiteStep.Step plain = step(spec, "plain");
        SuiteStep.Step reversible = step(spec, "reversible");
        assertThat(reversible.loss()).isEqualTo(plain.loss());
        assertThat(worstRelativeError(reversible, plain)).isLessThanOrEqualTo(1e-9);
        assertThat(plain.evaluations()).isEqualTo(blocks);
        assertThat(reversible.evaluations()).isEqualTo(2 * blocks);
        ModelSpec single = wide(model, depth, DType.FLOAT);
        assertThat(worstRelativeError(step(single, "reversible"), step(single, "plain")))
                .isLessThanOrEqualTo(1e-3);
    }

    @ParameterizedTest
    @CsvSource({"irevnet, checkpoint", "irevnet, reversible+abn", "irevnet, checkpoint+reversible", "revvit, checkpoint"
    })
    void otherStrategiesFit(String model, String strategy) {
        ModelSpec spec = wide(model, 2, DType.DOUBLE);
        assertThat(worstRelativeError(step(spec, strategy), step(spec, "plain")))
                .isLessThanOrEqualTo(1e-9);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            irevnet | 12 | 32 | width 12 does not fit irevnet
            irevnet |  8 | 30 | images of 30×30 pixels do not fit irevnet
            revvit  | 73 | 32 | 2 heads do not divide the width 73
            revvit  |  7 | 32 | 1 head does not divide the width 7
            revvit  |  8 | 30 | images of 30×30 pixels do not fit revvit
            """)
    void whatCannotBeIsRefused(String model, int width, int side, String reason) {
        assertThatThrownBy(() -> new ModelSpec(
                        model, new ModelSpec.Size(2, width), 1, new ModelSpec.Images(side, side, 3, 10), DType.FLOAT))
                .isInstanceOf(UserException.class)
                .hasMessageContaining(reason);
    }

    @ParameterizedTest
    @ValueSource(strings = {"irevnet", "revvit"})
    void theirCouplingsAreTheirOwn(String model) {
        ModelSpec spec = spec(model, 2, 1, DType.FLOAT);
        assertThatThrownBy(() -> spec.with(Reversal.of("additive")))
                .isInstanceOf(UserException.class)
                .hasMessageContaining("coupling additive does not fit " + model);
        assertThat(step(spec.with(new Reversal(null, 0, 1)), "reversible").savedBytes())
                .isGreaterThan(step(spec, "reversible").savedBytes());
    }
}
