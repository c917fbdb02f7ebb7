package org.backpropaganda.experiments.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.backpropaganda.experiments.model.Architecture;
import org.backpropaganda.experiments.model.Architectures;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is found on the class path has its name on the command line. */
class FoundTest {
    /** Every model of the class path is trained by its name. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "chain",
                "depthwise",
                "dni-cnn",
                "dni-fcn",
                "irevnet",
                "lstm",
                "mlp",
                "neuralode",
                "resnet",
                "resnet50",
                "revcol",
                "revgru",
                "revnet",
                "revvit",
                "tanh",
                "transformer"
            })
    void everyModelHasAName(String model) {
        Said said = Said.by(
                "summary",
                "--model",
                model,
                "--depth",
                "2",
                "--width",
                "8",
                "--batch",
                "2",
                "--strategy",
                "checkpoint");
        assertThat(said.err()).isEmpty();
        assertThat(said.code()).isZero();
        assertThat(Architectures.all()).extracting(Architecture::name).contains(model);
    }

    @Test
    void helpListsWhatIsThere() {
        String help = Said.by("compare", "--help").out().replaceAll("\\s+", " ");
        assertThat(help)
                .contains(
                        "chain, depthwise, dni-cnn, dni-fcn, irevnet, lstm, mlp, neuralode, resnet, resnet50, revcol, revgru, revnet, revvit, tanh,")
                .contains("cifar10, images, mnist, synthetic")
                .contains("adamw, sgd")
                .contains(
                        "additive, affine, bdia, exact, exact-midpoint, exact-momentum, grouped, leapfrog, midpoint, momentum");
        assertThat(Said.by("reproduce", "--help").out()).contains("abn, actnn, dgl, dni");
    }
}
