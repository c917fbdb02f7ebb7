package org.backpropaganda.experiments.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.backpropaganda.experiments.model.SuiteStep.step;

import java.util.Map;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.experiments.UserException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The networks of the publication on synthetic gradients. */
class DniNetsTest {

    private static long weights(ModelSpec spec, String strategy) {
        try (Engine engine = Engine.withoutMemory()) {
            Model model = Model.create(spec, Strategy.parse(strategy), engine.scope(""), 1);
            return model.parameters().values().stream()
                    .mapToLong(each -> each.value().elements())
                    .sum();
        }
    }

    /** By hand: 784·256 + 2·256 + (256·256 + 2·256)·hidden + 256·10 + 10, and as much for 25·3·128, 25·128·128 and 8·8·128·10. */
    @ParameterizedTest
    @CsvSource({"dni-fcn, 28, 1, 3, 269834", "dni-fcn, 28, 1, 6, 467978", "dni-cnn, 32, 3, 3, 501642"})
    void asManyWeightsAsPublished(String name, int side, int channels, int depth, long expected) {
        int width = Architectures.find(name).usualWidth();
        ModelSpec spec = new ModelSpec(
                name,
                new ModelSpec.Size(depth, width),
                depth,
                new ModelSpec.Images(side, side, channels, 10),
                DType.FLOAT,
                0);
        assertThat(weights(spec, "plain")).isEqualTo(expected);
        assertThat(weights(spec, "decoupled")).isEqualTo(expected);
    }

    private static ModelSpec small(String name, int modules) {
        return SuiteStep.spec(name, 4, modules, DType.DOUBLE);
    }

    /** Every layer is a module: the last one alone has a gradient while predictions are zero. */
    @ParameterizedTest
    @ValueSource(strings = {"dni-fcn", "dni-cnn"})
    void areCutInFrontOfEveryLayer(String name) {
        SuiteStep.Step plain = step(small(name, 1), "plain");
        SuiteStep.Step cut = step(small(name, 4), "decoupled");
        assertThat(cut.loss()).isEqualTo(plain.loss());
        Map<String, double[]> gradients = cut.gradients();
        assertThat(gradients.keySet()).isEqualTo(plain.gradients().keySet());
        gradients.forEach((path, values) -> {
            if (path.contains("head")) {
                assertThat(values).as(path).containsExactly(plain.gradients().get(path));
            } else {
                assertThat(values).as(path).containsOnly(0);
                assertThat(plain.gradients().get(path)).as(path).isNotEqualTo(values);
            }
        });
        assertThatThrownBy(() -> step(small(name, 5), "decoupled"))
                .isInstanceOf(UserException.class)
                .hasMessageContaining("modules 5 is more than the 4 blocks of the model");
    }

    @ParameterizedTest
    @CsvSource({"dni-fcn, checkpoint", "dni-fcn, abn", "dni-cnn, checkpoint", "dni-cnn, abn"})
    void saveInsideModules(String name, String technique) {
        SuiteStep.Step plain = step(small(name, 1), "plain");
        assertThat(SuiteStep.worstRelativeError(step(small(name, 1), technique), plain))
                .isLessThan(1e-10);
        assertThat(step(small(name, 2), technique + "+decoupled").loss()).isEqualTo(plain.loss());
    }

    @Test
    void publishedPredictorsAreChosenByAWord() {
        try (Engine engine = Engine.withoutMemory()) {
            ModelSpec spec = SuiteStep.spec("dni-cnn", 3, 3, DType.FLOAT);
            Strategy strategy = Strategy.parse("decoupled");
            Model usual = Model.create(spec, strategy, engine.scope("usual"), 1);
            Model published = Model.create(spec, strategy.told(Map.of("predictor", "paper")), engine.scope("paper"), 1);
            assertThat(usual.predictors())
                    .hasSize(2)
                    .allSatisfy(each -> assertThat(each.describe()).isEqualTo("ConvPredictor"));
            assertThat(published.predictors())
                    .hasSize(2)
                    .allSatisfy(each -> assertThat(each.describe()).isEqualTo("MultilayerConvPredictor"));
            assertThatThrownBy(() -> Fit.check(spec, strategy.told(Map.of("predictor", "deep"))))
                    .hasMessageContaining("predictor 'deep' is none: choose linear or paper");
        }
    }
}
