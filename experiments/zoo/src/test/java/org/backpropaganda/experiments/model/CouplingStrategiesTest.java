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

    /** Decoupled modules that reconstruct, against the same modules that store: cutting a model draws other keys. */
    @ParameterizedTest
    @MethodSource("kinds")
    void decoupledAroundThem(String kind) {
        for (int modules : List.of(1, 2)) {
            ModelSpec spec = of(kind, modules);
            SuiteStep.Step storing = step(spec, "decoupled");
            SuiteStep.Step reconstructing = step(spec, "reversible+decoupled");
            assertThat(reconstructing.loss()).isEqualTo(storing.loss());
            storing.buffers()
                    .forEach((name, values) -> assertThat(
                                    reconstructing.buffers().get(name))
                            .as(name)
                            .containsExactly(values));
            assertThat(worstRelativeError(reconstructing, storing)).isLessThanOrEqualTo(bound(kind, "reversible"));
        }
    }
}
