package org.backpropaganda.experiments.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.backpropaganda.experiments.model.SuiteStep.BATCH;
import static org.backpropaganda.experiments.model.SuiteStep.SIDE;
import static org.backpropaganda.experiments.model.SuiteStep.assertCheckpointsChangeNoBit;
import static org.backpropaganda.experiments.model.SuiteStep.assertReverses;
import static org.backpropaganda.experiments.model.SuiteStep.spec;
import static org.backpropaganda.experiments.model.SuiteStep.step;
import static org.backpropaganda.experiments.model.SuiteStep.worstRelativeError;

import java.util.List;
import org.backpropaganda.autograd.nn.ParameterFactory;
import org.backpropaganda.autograd.technique.Run;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.experiments.UserException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code revcol}: bytes to the byte, gradients against the storing twin. */
class ReversibleColumnsTest {
    private static final long CLASSES = 10;
    private static final long WIDTH = 8;
    private static final long STEM = BATCH * SIDE * SIDE * WIDTH;

    /** A level after the first has a quarter of the pixels and twice the channels of the one before. */
    private static final long LEVELS = STEM + STEM / 2 + STEM / 4;

    private static ModelSpec of(int depth, DType dtype) {
        return spec("revcol", depth, 1, dtype);
    }

    /** The levels behind the last column, what all columns read, the means of the last level, and the probabilities. */
    @ParameterizedTest
    @ValueSource(ints = {1, 8, 32})
    void theLevelsOfOneColumnAreSaved(int depth) {
        for (DType dtype : List.of(DType.FLOAT, DType.DOUBLE)) {
            assertThat(step(of(depth, dtype), "reversible").savedBytes())
                    .as("%s", dtype)
                    .isEqualTo(dtype.bytes(LEVELS + STEM + BATCH * 4 * WIDTH + BATCH * CLASSES));
        }
    }

    @Test
    void allColumnsAreOneRun() {
        ModelSpec spec = of(5, DType.FLOAT);
        try (Engine engine = Engine.withoutMemory()) {
            ParameterFactory factory = new ParameterFactory(engine.scope(""), DType.FLOAT, 0);
            assertThat(spec.architecture()
                            .describe(spec, new Layers(factory, spec.slope(), new Taps()))
                            .all(Run.class))
                    .singleElement()
                    .satisfies(run -> assertThat(run.blocks()).hasSize(5));
        }
    }

    @Test
    void gradientsAndEvaluations() {
        assertReverses(of(8, DType.DOUBLE), 1e-9, 8);
        assertReverses(of(4, DType.FLOAT), 1e-3, 4);
    }

    @Test
    void checkpointsChangeNoBit() {
        assertCheckpointsChangeNoBit(of(4, DType.FLOAT));
    }

    /** Each column back multiplies an error, so that without anchors nothing is left of a gradient at depth 32. */
    @Test
    void anchorsHoldTheGradientsOfManyColumns() {
        ModelSpec spec = of(32, DType.FLOAT);
        ModelSpec anchored = spec.with(new Reversal(null, 0, 3));
        SuiteStep.Step plain = step(spec, "plain");
        SuiteStep.Step drifted = step(spec, "reversible");
        SuiteStep.Step held = step(anchored, "reversible");
        assertThat(worstRelativeError(drifted, plain)).isGreaterThan(0.1);
        assertThat(worstRelativeError(held, plain)).isLessThanOrEqualTo(1e-3);
        int anchors = 31 / 3;
        assertThat(held.savedBytes() - drifted.savedBytes()).isEqualTo(anchors * DType.FLOAT.bytes(LEVELS));
    }

    /** Without levels above and scales in the first column; the head reads the last level. */
    @Test
    void weightsAreCounted() {
        long block1 = 9 * 8 + 8 + 2 * 8 + 8 * 32 + 32 + 32 * 8 + 8;
        long block2 = 9 * 16 + 16 + 2 * 16 + 16 * 64 + 64 + 64 * 16 + 16;
        long block3 = 9 * 32 + 32 + 2 * 32 + 32 * 128 + 128 + 128 * 32 + 32;
        long down = (4 * 8 * 16 + 16 + 2 * 16) + (4 * 16 * 32 + 32 + 2 * 32);
        long up = (16 * 8 + 8 + 2 * 8) + (32 * 16 + 16 + 2 * 16);
        long scales = 8 + 16 + 32;
        long column = block1 + block2 + block3 + down;
        long ends = 9 * 3 * 8 + 8 + 32 * 10 + 10;
        assertThat(Fit.weightBytes(of(3, DType.FLOAT))).isEqualTo(4.0 * (ends + 3 * column + 2 * (up + scales)));
    }

    @Test
    void whatCannotBeIsRefused() {
        assertThatThrownBy(() -> new ModelSpec(
                        "revcol", new ModelSpec.Size(2, 8), 1, new ModelSpec.Images(32, 30, 3, 10), DType.FLOAT))
                .isInstanceOf(UserException.class)
                .hasMessage(
                        "images of 32×30 pixels do not fit revcol, whose levels halve their sides 2 times; give sides"
                                + " that are multiples of 4");
        assertThatThrownBy(() -> of(2, DType.FLOAT).with(Reversal.of("additive")))
                .isInstanceOf(UserException.class)
                .hasMessageContaining("coupling additive does not fit revcol");
    }
}
