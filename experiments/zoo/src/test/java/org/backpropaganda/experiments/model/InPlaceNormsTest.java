package org.backpropaganda.experiments.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.backpropaganda.autograd.tensor.TensorSpec;
import org.backpropaganda.reversible.abn.InPlaceReport;
import org.backpropaganda.reversible.abn.InPlaceReport.Norm;
import org.backpropaganda.reversible.abn.InPlaceReport.Outcome;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which norms of the models save something in place, and which do not. */
class InPlaceNormsTest {
    private static final int BATCH = 4;

    /**
     * In a coupling the second norm of a function is only read by the addition; what a block that is computed again ends with,
     * nobody behind it reads; a maximum keeps which pixels won, and not what it reads.
     */
    @ParameterizedTest
    @CsvSource({
        "resnet, abn, 7, 0, -",
        "resnet50, abn, 22, 1, norm",
        "mlp, abn, 2, 0, -",
        "mlp, checkpoint+abn, 1, 1, blocks.0.norm",
        "revnet, abn, 4, 4, .*2",
        "revnet, reversible+abn, 4, 4, .*2"
    })
    void theReportTellsThem(String name, String strategy, int inPlace, int keptByNobodyElse, String paths) {
        ModelSpec spec =
                new ModelSpec(name, new ModelSpec.Size(2, 8, 1), 1, new ModelSpec.Images(8, 8, 3, 10), DType.FLOAT);
        try (Engine engine = Engine.withoutMemory();
                TensorScope scope = engine.scope("")) {
            Model model = Model.create(spec, Strategy.parse(strategy), scope, 1);
            InPlaceReport report = InPlaceReport.of(
                    new LossModule(model),
                    new TensorSpec(Shape.of(BATCH, 8, 8, 3), DType.FLOAT),
                    new TensorSpec(Shape.of(BATCH), DType.INT));
            assertThat(report.norms()).hasSize(model.abnPairs());
            assertThat(report.norms()).hasSize(inPlace + keptByNobodyElse);
            List<Norm> idle = report.savingNothing();
            assertThat(idle).hasSize(keptByNobodyElse);
            assertThat(idle).allMatch(norm -> norm.outcome() == Outcome.OUTPUT_KEPT_BY_NOBODY_ELSE);
            assertThat(idle).allMatch(norm -> norm.path().matches(paths));
        }
    }
}
