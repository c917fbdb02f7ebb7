package org.backpropaganda.synthetic.predictor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.backpropaganda.autograd.technique.Cut;
import org.backpropaganda.autograd.tensor.DType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PredictorsTest {

    /** Of 5 channels and 3 classes: the numbers of weights, by hand. */
    @ParameterizedTest
    @CsvSource({
        "linear, 2, true, LinearPredictor, 45",
        "linear, 2, false, LinearPredictor, 30",
        "linear, 3, true, LinearPredictor, 45",
        "linear, 4, true, ConvPredictor, 45",
        "linear, 4, false, ConvPredictor, 30",
        "paper, 2, true, LinearPredictor, 45",
        "paper, 2, false, MultilayerPredictor, 1062917",
        "paper, 3, false, MultilayerPredictor, 60",
        "paper, 4, false, MultilayerConvPredictor, 442117",
        "paper, 4, true, MultilayerConvPredictor, 442501"
    })
    void aWordNamesAPredictorForWhatPasses(String word, int rank, boolean conditioned, String name, long weights) {
        try (Cases.Trial trial = new Cases.Trial(DType.FLOAT)) {
            GradientPredictor made = Predictors.of(word, new Cut(rank, block -> 5, 3), 0, conditioned, trial.factory);
            assertThat(made.getClass().getSimpleName()).isEqualTo(name);
            assertThat(made.isConditioned()).isEqualTo(conditioned);
            assertThat(made.parameterCount()).isEqualTo(weights);
        }
    }

    @Test
    void whatIsNone() {
        try (Cases.Trial trial = new Cases.Trial(DType.FLOAT)) {
            Cut rows = new Cut(2, block -> 5, 3);
            assertThatThrownBy(() -> Predictors.of("deep", rows, 0, true, trial.factory))
                    .hasMessage("predictor 'deep' is none: choose linear or paper");
            Cut other = new Cut(5, block -> 5, 3);
            assertThatThrownBy(() -> Predictors.of("linear", other, 0, true, trial.factory))
                    .hasMessageContaining("nothing predicts gradients of tensors of rank 5");
        }
    }
}
