package org.backpropaganda.experiments.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.backpropaganda.experiments.model.SuiteStep.spec;
import static org.backpropaganda.experiments.model.SuiteStep.step;

import org.backpropaganda.autograd.technique.Technique;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.experiments.UserException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is no strategy, and what a model cannot be trained by. */
class StrategyRefusalTest {
    @Test
    void whatDoesNotFitIsRefused() {
        assertThatThrownBy(() -> step(spec("resnet", 2, 1, DType.FLOAT), "reversible"))
                .isInstanceOf(UserException.class)
                .hasMessageContaining("no coupling")
                .hasMessageContaining("revcol, revgru, revnet, revvit, tanh can");
        assertThatThrownBy(() -> step(spec("mlp", 2, 3, DType.FLOAT), "decoupled"))
                .isInstanceOf(UserException.class)
                .hasMessageContaining("more than the 2 blocks");
        assertThatThrownBy(() -> new ModelSpec(
                        "revnet", new ModelSpec.Size(2, 7), 1, new ModelSpec.Images(8, 8, 3, 10), DType.FLOAT))
                .isInstanceOf(UserException.class)
                .hasMessageContaining("odd");
        assertThatThrownBy(() -> Strategy.parse("reversible+magic")).hasMessageContaining("unknown strategy");
        assertThatThrownBy(() -> Strategy.parseAll("plain,abn,plain")).hasMessageContaining("twice");
    }

    /** Before weights are drawn, and when a model is made, the sentence is the same; who can is asked of all models. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            resnet | reversible | strategy reversible does not fit resnet: x + F(x) is no coupling, so its input cannot be reconstructed; of the models, chain, irevnet, neuralode, revcol, revgru, revnet, revvit, tanh can
            lstm | abn | strategy abn does not fit lstm: it has no batch norm with an activation behind it; of the models, chain, depthwise, dni-cnn, dni-fcn, irevnet, mlp, resnet, resnet50, revnet can
            revcol | reversible+abn | strategy reversible+abn does not fit revcol: it has no batch norm with an activation behind it; of the models, chain, depthwise, dni-cnn, dni-fcn, irevnet, mlp, resnet, resnet50, revnet can
            neuralode | abn | strategy abn does not fit neuralode: it has no batch norm with an activation behind it; of the models, chain, depthwise, dni-cnn, dni-fcn, irevnet, mlp, resnet, resnet50, revnet can
            revgru | abn | strategy abn does not fit revgru: it has no batch norm with an activation behind it; of the models, chain, depthwise, dni-cnn, dni-fcn, irevnet, mlp, resnet, resnet50, revnet can
            revcol | decoupled | strategy decoupled does not fit revcol: it cannot be cut between its blocks; of the models, chain, depthwise, dni-cnn, dni-fcn, irevnet, mlp, resnet, resnet50, revnet, tanh can
            neuralode | decoupled | strategy decoupled does not fit neuralode: it is no chain with one run of blocks, which could be cut; of the models, chain, depthwise, dni-cnn, dni-fcn, irevnet, mlp, resnet, resnet50, revnet, tanh can
            revgru | reversible+decoupled | strategy reversible+decoupled does not fit revgru: it is no chain with one run of blocks, which could be cut; of the models, chain, depthwise, dni-cnn, dni-fcn, irevnet, mlp, resnet, resnet50, revnet, tanh can
            transformer | checkpoint+decoupled | strategy checkpoint+decoupled does not fit transformer: nothing predicts gradients of sequences; of the models, chain, depthwise, dni-cnn, dni-fcn, irevnet, mlp, resnet, resnet50, revnet, tanh can
            """)
    void aRefusalNamesWhoCan(String model, String strategy, String sentence) {
        ModelSpec spec = spec(model, 2, 1, DType.FLOAT);
        assertThatThrownBy(() -> Fit.check(spec, Strategy.parse(strategy)))
                .isInstanceOf(UserException.class)
                .hasMessage(sentence);
        assertThatThrownBy(() -> step(spec, strategy))
                .isInstanceOf(UserException.class)
                .hasMessage(sentence);
        assertThat(Fit.fits(spec, Strategy.parse(strategy))).isFalse();
    }

    @Test
    void rectifiersAreRefusedInPlace() {
        ModelSpec leaky = spec("mlp", 2, 1, DType.FLOAT);
        ModelSpec rectified = new ModelSpec("mlp", leaky.size(), 1, leaky.images(), DType.FLOAT, 0);
        assertThat(Fit.fits(leaky, Strategy.parse("abn"))).isTrue();
        assertThatThrownBy(() -> Fit.check(rectified, Strategy.parse("abn")))
                .hasMessage("strategy abn does not fit mlp: it needs leaky ReLU: what ReLU has set to zero cannot be"
                        + " reconstructed");
    }

    /** Whatever order they are given in, and whatever order the class path has them in. */
    @Test
    void techniquesAreToldAsTheyWereWrittenAndAppliedInOneOrder() {
        Strategy strategy = Strategy.parse("decoupled+abn+checkpoint+reversible");
        assertThat(strategy).hasToString("decoupled+abn+checkpoint+reversible");
        assertThat(strategy.sorted()).hasToString("checkpoint+reversible+abn+decoupled");
        assertThat(strategy)
                .isEqualTo(Strategy.parse("reversible+checkpoint+decoupled+abn"))
                .hasSameHashCodeAs(Strategy.parse("reversible+checkpoint+decoupled+abn"));
        assertThat(strategy.techniques())
                .extracting(Technique::name)
                .containsExactly("abn", "reversible", "checkpoint", "decoupled");
        assertThat(Strategy.usual())
                .extracting(Strategy::toString)
                .containsExactly(
                        "plain", "cheap", "offload", "checkpoint", "reversible", "abn", "reversible+abn", "decoupled");
    }

    /** By hand: a stem of 9 · 3 · 8 + 8, 4 functions of 2 · (9 · 4 · 4 + 2 · 4), a head of 8 · 10 + 10; 4 bytes each. */
    @Test
    void weightsAreCounted() {
        assertThat(Fit.weightBytes(spec("revnet", 2, 1, DType.FLOAT)))
                .isEqualTo(4.0 * (9 * 3 * 8 + 8 + 4 * 2 * (9 * 4 * 4 + 2 * 4) + 8 * 10 + 10));
    }
}
