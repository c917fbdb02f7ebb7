package org.backpropaganda.experiments.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.backpropaganda.experiments.model.SuiteStep.DEPTH;
import static org.backpropaganda.experiments.model.SuiteStep.Step;
import static org.backpropaganda.experiments.model.SuiteStep.spec;
import static org.backpropaganda.experiments.model.SuiteStep.step;
import static org.backpropaganda.experiments.model.SuiteStep.worstRelativeError;

import java.util.Arrays;
import java.util.Map;
import org.assertj.core.data.Offset;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.backpropaganda.experiments.UserException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The same models under each way to decouple modules on one tape, alone and with others inside the modules. */
class RuleStrategiesTest {
    private static final String[] KINDS = {"mlp", "resnet", "revnet"};

    /** Whatever modules learn from, forward is that of the plain model, and the last module learns what it always did. */
    @ParameterizedTest
    @CsvSource({
        "mlp, dni, false",
        "mlp, cdni, false",
        "mlp, dgl, true",
        "mlp, local, true",
        "mlp, mono-forward, true",
        "mlp, dfa, true",
        "mlp, bp-lambda:0.5, true",
        "mlp, checkpoint+abn+dgl, true",
        "mlp, checkpoint+abn+dfa, true",
        "mlp, checkpoint+abn+bp-lambda:0.5, true",
        "resnet, dni, false",
        "resnet, cdni, false",
        "resnet, dgl, true",
        "resnet, local, true",
        "resnet, mono-forward, true",
        "resnet, dfa, true",
        "resnet, bp-lambda:0.5, true",
        "resnet, abn+local, true",
        "revnet, dni, false",
        "revnet, cdni, false",
        "revnet, dgl, true",
        "revnet, local, true",
        "revnet, mono-forward, true",
        "revnet, dfa, true",
        "revnet, bp-lambda:0.5, true",
        "revnet, reversible+abn+dgl, true",
        "revnet, reversible+abn+dfa, true",
        "revnet, checkpoint+dfa, true",
        "revnet, reversible+bp-lambda:0.5, true"
    })
    void onlyWhatLowerModulesLearnDiffers(String kind, String strategy, boolean learnsAtFirst) {
        ModelSpec spec = spec(kind, DEPTH, 2, DType.DOUBLE);
        Step plain = step(spec, "plain");
        Step decoupled = step(spec, strategy);
        boolean inverts = strategy.contains("reversible") || strategy.contains("abn");
        assertThat(decoupled.loss()).isCloseTo(plain.loss(), Offset.offset(inverts ? 1e-9 : 0));
        assertThat(decoupled.gradients().get("head.weight"))
                .containsExactly(plain.gradients().get("head.weight"), Offset.offset(inverts ? 1e-9 : 0));
        String first = plain.gradients().keySet().iterator().next();
        if (learnsAtFirst) {
            assertThat(decoupled.gradients().get(first))
                    .isNotEqualTo(plain.gradients().get(first))
                    .doesNotContain(Double.NaN);
            assertThat(Arrays.stream(decoupled.gradients().get(first)).anyMatch(value -> value != 0))
                    .isTrue();
        } else {
            assertThat(decoupled.gradients().get(first)).containsOnly(0.0);
        }
        assertThat(decoupled.abnPairs() > 0).isEqualTo(strategy.contains("abn"));
    }

    /** What is inside the modules changes the bytes, and no bit of what is exact. */
    @ParameterizedTest
    @CsvSource({"mlp, dfa", "resnet, dfa", "resnet, bp-lambda:0.5", "mlp, local", "revnet, bp-lambda:0.5"})
    void checkpointsInsideModulesChangeNoBit(String kind, String strategy) {
        ModelSpec spec = spec(kind, DEPTH, 2, DType.FLOAT);
        Step stored = step(spec, strategy);
        Step recomputed = step(spec, "checkpoint+" + strategy);
        stored.gradients()
                .forEach((name, values) ->
                        assertThat(recomputed.gradients().get(name)).as(name).containsExactly(values));
        assertThat(recomputed.savedBytes()).isLessThanOrEqualTo(stored.savedBytes());
    }

    @Test
    void decoupledIsConditionedPrediction() {
        for (String kind : KINDS) {
            ModelSpec spec = spec(kind, DEPTH, 3, DType.FLOAT);
            Step alias = step(spec, "decoupled");
            for (String same : new String[] {"cdni", "bp-lambda:0"}) {
                assertThat(step(spec, same)).usingRecursiveComparison().isEqualTo(alias);
            }
        }
    }

    @Test
    void lambdaOneIsBackpropagationToTheBit() {
        for (String kind : KINDS) {
            ModelSpec spec = spec(kind, DEPTH, 3, DType.FLOAT);
            Step plain = step(spec, "plain");
            Step one = step(spec, "bp-lambda:1");
            assertThat(worstRelativeError(one, plain)).isZero();
            assertThat(worstRelativeError(step(spec, "bp-lambda:falling=9"), plain)).isZero();
            assertThat(worstRelativeError(step(spec, "bp-lambda:cosine=0.9"), plain)).isZero();
        }
    }

    /** Zero predictions: half of the gradient at one boundary. */
    @Test
    void lambdaIsThePartThatArrives() {
        ModelSpec spec = spec("mlp", DEPTH, 2, DType.DOUBLE);
        Map<String, double[]> plain = step(spec, "plain").gradients();
        Map<String, double[]> half = step(spec, "bp-lambda:0.5").gradients();
        String first = plain.keySet().iterator().next();
        double[] expected = plain.get(first).clone();
        for (int i = 0; i < expected.length; i++) {
            expected[i] *= 0.5;
        }
        assertThat(half.get(first)).containsExactly(expected, Offset.offset(1e-12));
    }

    /** Where nothing waits the bytes are those of prediction; where all wait for the loss, at least the plain model's. */
    @Test
    void whatWaitsIsKept() {
        for (String kind : KINDS) {
            ModelSpec spec = spec(kind, DEPTH, 4, DType.FLOAT);
            long plain = step(spec, "plain").savedBytes();
            long predicted = step(spec, "dni").savedBytes();
            for (String local : new String[] {"dgl", "local", "mono-forward"}) {
                assertThat(step(spec, local).savedBytes()).isLessThanOrEqualTo(predicted);
            }
            assertThat(predicted).isLessThan(plain);
            assertThat(step(spec, "dfa").savedBytes()).isGreaterThanOrEqualTo(plain * 9 / 10);
            assertThat(step(spec, "bp-lambda:0.5").savedBytes()).isGreaterThanOrEqualTo(plain);
        }
    }

    @Test
    void aModelIsCutOnce() {
        ModelSpec spec = spec("mlp", DEPTH, 2, DType.FLOAT);
        assertThatThrownBy(() -> step(spec, "dni+dgl"))
                .isInstanceOf(UserException.class)
                .hasMessage("strategy dni+dgl does not fit mlp: another technique has cut the model into modules already;"
                        + " name one of the two");
    }

    @Test
    void argumentsThatAreNone() {
        assertThatThrownBy(() -> Strategy.parse("bp-lambda:2")).hasMessageContaining("lambda 2.0 must be within [0, 1]");
        assertThatThrownBy(() -> Strategy.parse("bp-lambda:half")).hasMessageContaining("'half' is no number");
        assertThatThrownBy(() -> Strategy.parse("bp-lambda")).hasMessageContaining("needs an argument");
        assertThatThrownBy(() -> Strategy.parse("bp-lambda:falling=0")).hasMessageContaining("give at least one");
        assertThatThrownBy(() -> Strategy.parse("dgl:2")).hasMessageContaining("it takes no argument");
    }

    @Test
    void updateProbabilities() {
        ModelSpec spec = spec("mlp", DEPTH, 4, DType.FLOAT);
        Strategy rarely = Strategy.parse("dgl").told(Map.of("update-probability", "1e-9"));
        Step step = step(spec, rarely);
        assertThat(step.loss()).isEqualTo(step(spec, "plain").loss());
        assertThat(step.gradients().values().iterator().next()).isEmpty();
        try (Engine shapes = Engine.withoutMemory();
                TensorScope scope = shapes.scope("")) {
            for (String waiting : new String[] {"dfa", "bp-lambda:0.5"}) {
                Strategy half = Strategy.parse(waiting).told(Map.of("update-probability", "0.5"));
                assertThatThrownBy(() -> Model.create(spec, half, scope, 1))
                        .isInstanceOf(UserException.class)
                        .hasMessageContaining("is for modules that wait for no");
            }
            Strategy none = Strategy.parse("dgl").told(Map.of("update-probability", "often"));
            assertThatThrownBy(() -> Model.create(spec, none, scope, 1))
                    .hasMessageContaining("update-probability often is no number");
        }
    }
}
