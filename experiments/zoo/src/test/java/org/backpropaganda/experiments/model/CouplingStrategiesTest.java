package org.backpropaganda.experiments.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.backpropaganda.experiments.model.SuiteStep.DEPTH;
import static org.backpropaganda.experiments.model.SuiteStep.spec;
import static org.backpropaganda.experiments.model.SuiteStep.step;
import static org.backpropaganda.experiments.model.SuiteStep.worstRelativeError;

import java.util.List;
import java.util.stream.Stream;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.experiments.coupling.CouplingKind;
import org.backpropaganda.experiments.coupling.CouplingKinds;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Every kind of coupling under every family and combination: reconstructed, recomputed, in place, decoupled. */
class CouplingStrategiesTest {
    private static final List<String> STRATEGIES = List.of(
            "checkpoint",
            "reversible",
            "checkpoint+reversible",
            "abn",
            "reversible+abn",
            "checkpoint+abn",
            "checkpoint+reversible+abn");

    static Stream<Arguments> combinations() {
        return CouplingKinds.all().stream()
                .flatMap(kind -> STRATEGIES.stream().map(strategy -> Arguments.of(kind.name(), strategy)));
    }

    private static ModelSpec of(String kind, int modules) {
        return spec("revnet", DEPTH, modules, DType.DOUBLE).with(Reversal.of(kind));
    }

    /** An in-place norm rounds on its way back, and so does a reconstruction that is not exact; nothing else does. */
    private static double bound(String kind, String strategy) {
        boolean rounds = strategy.contains("abn")
                || (strategy.contains("reversible") && !CouplingKinds.find(kind).isExact());
        return rounds ? 1e-9 : 0;
    }

    @ParameterizedTest
    @MethodSource("combinations")
    void lossStatisticsAndGradientsAreThoseOfTheStoringTwin(String kind, String strategy) {
        ModelSpec spec = of(kind, 1);
        SuiteStep.Step plain = step(spec, "plain");
        SuiteStep.Step other = step(spec, strategy);
        assertThat(other.loss()).isEqualTo(plain.loss());
        plain.buffers()
                .forEach((name, values) ->
                        assertThat(other.buffers().get(name)).as(name).containsExactly(values));
        assertThat(worstRelativeError(other, plain)).isLessThanOrEqualTo(bound(kind, strategy));
    }

    static Stream<String> kinds() {
        return CouplingKinds.all().stream().map(CouplingKind::name);
    }

    /** With one module nothing is predicted, and the sequence stands within what could be. */
    @ParameterizedTest
    @MethodSource("kinds")
    void decoupledAroundThem(String kind) {
        ModelSpec one = of(kind, 1);
        assertThat(worstRelativeError(step(one, "reversible+decoupled"), step(one, "plain")))
                .isLessThanOrEqualTo(bound(kind, "reversible"));
        ModelSpec two = of(kind, 2);
        SuiteStep.Step plain = step(two, "plain");
        SuiteStep.Step decoupled = step(two, "reversible+decoupled");
        assertThat(decoupled.loss()).isEqualTo(plain.loss());
        assertThat(decoupled.gradients().get("head.weight"))
                .containsExactly(plain.gradients().get("head.weight"));
    }
}
