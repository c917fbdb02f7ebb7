package org.backpropaganda.experiments.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.backpropaganda.experiments.model.SavedBytes.ABN_FUNCTION;
import static org.backpropaganda.experiments.model.SavedBytes.FUNCTION;
import static org.backpropaganda.experiments.model.SavedBytes.HALF;
import static org.backpropaganda.experiments.model.SavedBytes.reversing;
import static org.backpropaganda.experiments.model.SuiteStep.BATCH;
import static org.backpropaganda.experiments.model.SuiteStep.DEPTH;
import static org.backpropaganda.experiments.model.SuiteStep.SIDE;
import static org.backpropaganda.experiments.model.SuiteStep.spec;
import static org.backpropaganda.experiments.model.SuiteStep.step;

import org.backpropaganda.autograd.tensor.DType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What strategies and their combinations hold at the most, and a block at a time. */
class StrategyPeaksTest {
    /** What in-place norms save of a reversible step shows at its peak: nothing of a function is kept before. */
    @ParameterizedTest
    @CsvSource({
        "1, reversible, 0",
        "1, reversible+abn, 0",
        "2, reversible+decoupled, 2",
        "2, reversible+abn+decoupled, 2"
    })
    void peaksOfReversibleSteps(int modules, String strategy, int halvesOfTheLastModulesInput) {
        long function = strategy.contains("abn") ? ABN_FUNCTION : FUNCTION;
        assertThat(step(spec("revnet", DEPTH, modules, DType.DOUBLE), strategy).peakBytes())
                .isEqualTo(reversing(function) + halvesOfTheLastModulesInput * HALF);
    }

    /** No partner of a combination is idle. */
    @ParameterizedTest
    @CsvSource({
        "revnet, 1, checkpoint, abn",
        "resnet, 1, checkpoint, abn",
        "mlp, 1, checkpoint, abn",
        "depthwise, 1, checkpoint, abn",
        "revnet, 1, reversible, abn",
        "revnet, 2, checkpoint, decoupled",
        "resnet, 2, abn, decoupled",
        "mlp, 2, abn, decoupled",
        "mlp, 2, checkpoint, decoupled"
    })
    void aPairPeaksBelowBothItsParts(String kind, int modules, String one, String other) {
        ModelSpec spec = spec(kind, DEPTH, modules, DType.DOUBLE);
        long both = step(spec, one + "+" + other).peakBytes();
        assertThat(both).isLessThan(step(spec, one).peakBytes());
        assertThat(both).isLessThan(step(spec, other).peakBytes());
    }

    @Test
    void reversibleSavesNothingABlock() {
        assertThat(step(spec("revnet", 8, 1, DType.FLOAT), "reversible").savedBytes())
                .isEqualTo(step(spec("revnet", 2, 1, DType.FLOAT), "reversible").savedBytes());
    }

    @Test
    void plainAndAbnSaveWhatTheirLayersDeclare() {
        long half = (long) BATCH * SIDE * SIDE * 4;
        long vectors = 2L * 2 * 4 * 4;
        long plain = step(spec("revnet", 5, 1, DType.FLOAT), "plain").savedBytes()
                - step(spec("revnet", 4, 1, DType.FLOAT), "plain").savedBytes();
        long abn = step(spec("revnet", 5, 1, DType.FLOAT), "abn").savedBytes()
                - step(spec("revnet", 4, 1, DType.FLOAT), "abn").savedBytes();
        assertThat(plain).isEqualTo(2 * (16 * half + 2 * half / 8 + vectors));
        assertThat(abn).isEqualTo(2 * (12 * half + vectors / 2));
    }

    @Test
    void abnTellsHowManyPairs() {
        assertThat(step(spec("revnet", 2, 1, DType.FLOAT), "abn").abnPairs()).isEqualTo(8);
        assertThat(step(spec("resnet", 2, 1, DType.FLOAT), "abn").abnPairs()).isEqualTo(7);
        assertThat(step(spec("mlp", 2, 1, DType.FLOAT), "abn").abnPairs()).isEqualTo(2);
    }
}
