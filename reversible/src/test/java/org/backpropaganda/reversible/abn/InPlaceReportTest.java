package org.backpropaganda.reversible.abn;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.IntStream;
import org.backpropaganda.autograd.nn.Activation;
import org.backpropaganda.autograd.nn.Linear;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.nn.ParameterFactory;
import org.backpropaganda.autograd.nn.Residual;
import org.backpropaganda.autograd.nn.Sequential;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.autograd.tensor.MemoryKind;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.backpropaganda.autograd.tensor.TensorSpec;
import org.backpropaganda.reversible.AdditiveCoupling;
import org.backpropaganda.reversible.ReversibleSequence;
import org.backpropaganda.reversible.abn.InPlaceReport.Norm;
import org.backpropaganda.reversible.abn.InPlaceReport.Outcome;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class InPlaceReportTest {
    private static final int WIDTH = 4;
    private static final TensorSpec X = new TensorSpec(Shape.of(6, WIDTH), DType.FLOAT);

    private final Engine engine = Engine.builder().threads(1).build();
    private final TensorScope root = engine.scope("");
    private final ParameterFactory factory = new ParameterFactory(root, DType.FLOAT, 1);

    @AfterEach
    void close() {
        engine.close();
    }

    private Module linear() {
        return new Linear(factory, WIDTH, WIDTH, true);
    }

    private InPlaceAbn abn(double... weights) {
        InPlaceAbn abn = new InPlaceAbn(factory, WIDTH, 0.1);
        abn.weight().value().set(weights);
        return abn;
    }

    private InPlaceAbn abn() {
        return abn(1, 1, 1, 1);
    }

    @Test
    void tellsEachReason() {
        Map<String, Module> links = new LinkedHashMap<>();
        links.put("stem", abn());
        links.put("first", linear());
        links.put("good", abn());
        links.put("second", linear());
        links.put("partly", abn(1, 0, 0, 1));
        links.put("third", linear());
        links.put("zero", abn(0, 0, 0, 0));
        links.put("sigmoid", Activation.sigmoid());
        links.put("behind", abn());
        links.put("block", new Residual(new Sequential(linear(), abn())));
        links.put("layer", new InPlaceLayerNorm(factory, WIDTH));
        links.put("last", linear());
        Module model = new Sequential(links);
        long before = engine.ledger().liveBytes();
        InPlaceReport report = InPlaceReport.of(model, X);
        assertThat(engine.ledger().liveBytes()).isEqualTo(before);
        assertThat(report.norms())
                .containsExactly(
                        new Norm("stem", Outcome.INPUT_HELD_ELSEWHERE, 0),
                        new Norm("good", Outcome.IN_PLACE, 0),
                        new Norm("partly", Outcome.IN_PLACE, 2),
                        new Norm("zero", Outcome.CANNOT_BE_HAD_BACK, 0),
                        new Norm("behind", Outcome.INPUT_HELD_ELSEWHERE, 0),
                        new Norm("block.body.1", Outcome.OUTPUT_KEPT_BY_NOBODY_ELSE, 0),
                        new Norm("layer", Outcome.IN_PLACE, 0));
        assertThat(report)
                .hasToString(
                        "3 of 7 norms in place, with 2 channels kept beside their outputs; 4 saved nothing: stem, behind"
                                + " (its input is held elsewhere); zero (its γ and β let no channel be had back); block.body.1"
                                + " (nobody else keeps its output)");
    }

    @Test
    void theFirstFourOfManyAreNamed() {
        InPlaceReport report = new InPlaceReport(IntStream.range(0, 7)
                .mapToObj(i -> new Norm("n" + i, Outcome.OUTPUT_KEPT_BY_NOBODY_ELSE, 0))
                .toList());
        assertThat(report)
                .hasToString(
                        "0 of 7 norms in place; 7 saved nothing: n0, n1, n2, n3 and 3 more (nobody else keeps its output)");
    }

    @Test
    void seesWhatASegmentComputesAgain() {
        Module f = new Sequential(linear(), abn(), linear());
        Module g = new Sequential(linear(), abn(), linear());
        Module sequence = new ReversibleSequence(java.util.List.of(new AdditiveCoupling(f, g)));
        assertThat(InPlaceReport.of(sequence, X, X)).hasToString("2 of 2 norms in place");
    }

    @Test
    void aModelWithoutThemHasNone() {
        assertThat(InPlaceReport.of(linear(), X)).hasToString("0 of 0 norms in place");
        assertThat(engine.ledger().liveBytes(MemoryKind.ACTIVATION)).isZero();
    }
}
