package org.backpropaganda.experiments.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.backpropaganda.autograd.technique.Fidelity;
import org.backpropaganda.autograd.technique.StepOutline;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.TensorSpec;
import org.backpropaganda.checkpointing.planner.Plan;
import org.backpropaganda.checkpointing.planner.Planner;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Plans for models of the zoo: their bytes are the ledger's, their gradients plain's as far as their techniques promise. */
class PlannedSuiteTest {
    private static final int BUDGETS = 6;

    /** Exact techniques give plain's bits, others keep within a bound on ‖g − g₀‖ / ‖g₀‖. */
    @ParameterizedTest
    @CsvSource(
            nullValues = "none",
            value = {
                "resnet, 2, 8, FLOAT, none, 0",
                "mlp, 5, 32, FLOAT, none, 0",
                "transformer, 3, 32, FLOAT, none, 0",
                "revnet, 6, 8, FLOAT, none, 0",
                "revnet, 6, 8, DOUBLE, reversible, 1e-9",
                "resnet, 2, 8, DOUBLE, abn, 1e-9",
                "revnet, 3, 8, DOUBLE, reversible abn, 1e-9",
                "transformer, 3, 32, DOUBLE, pieces:2, 1e-9",
                "resnet, 2, 8, DOUBLE, save:q8, 0.1",
                "transformer, 3, 32, DOUBLE, save:q8, 0.1"
            })
    void sixBudgetsAreMetToTheByte(String model, int depth, int width, DType dtype, String allowed, double bound) {
        ModelSpec spec = PlannedSuiteStep.spec(model, depth, width, dtype);
        PlannedSuiteStep plain = PlannedSuiteStep.run(spec, null, Long.MAX_VALUE);
        try (Engine engine = Engine.builder().threads(1).withoutMemory().build()) {
            Planner planner = PlannedSuiteStep.planner(spec, engine);
            planner = allowed == null ? planner : planner.allow(allowed.split(" "));
            long least = planner.leastBytes();
            List<Plan> alone = planner.alone();
            long most = alone.get(0).predictedPeakBytes();
            assertThat(plain.peakBytes()).isEqualTo(most);
            for (int i = 0; i < BUDGETS; i++) {
                long budget = least + (most - least) * i / (BUDGETS - 1);
                Plan plan = planner.budgetBytes(budget).fastest();
                assertThat(plan.predictedPeakBytes()).isLessThanOrEqualTo(budget);
                PlannedSuiteStep real = PlannedSuiteStep.run(spec, plan, plan.predictedPeakBytes());
                assertThat(real.peakBytes()).as("peak of\n%s", plan).isEqualTo(plan.predictedPeakBytes());
                assertThat(real.errorAgainst(plain)).as("error of\n%s", plan).isLessThanOrEqualTo(bound);
                assertThat(alone)
                        .filteredOn(each -> each.predictedPeakBytes() <= budget)
                        .allSatisfy(each -> assertThat(plan.time()).isLessThanOrEqualTo(each.time()));
            }
        }
    }

    /** The network of 20 layers of He et al. 2016, § 4.2, at their batch. */
    @Test
    void aQuarterOfPlainsPeakIsEnoughForResnet20() {
        ModelSpec spec =
                new ModelSpec("resnet", new ModelSpec.Size(3, 16), 1, new ModelSpec.Images(32, 32, 3, 10), DType.FLOAT);
        StepOutline small = PlannedSuiteStep.outline(spec);
        StepOutline outline = new StepOutline(
                List.of(new TensorSpec(Shape.of(128, 32, 32, 3), DType.FLOAT)),
                List.of(new TensorSpec(Shape.of(128), DType.INT)),
                small.loss(),
                small.optimizer(),
                small.updatesDuringBackward());
        try (Engine engine = Engine.builder().threads(1).withoutMemory().build()) {
            Planner planner = ModelPlanner.of(spec, outline, Map.of(), engine.scope(""));
            long quarter = planner.alone().get(0).predictedPeakBytes() / 4;
            assertThat(planner.leastBytes()).isLessThan(quarter);
            assertThat(planner.budgetBytes(quarter).fastest().predictedPeakBytes())
                    .isLessThanOrEqualTo(quarter);
        }
    }

    @Test
    void piecesAreOfferedForSingleBlocks() {
        ModelSpec spec = PlannedSuiteStep.spec("transformer", 3, 32, DType.FLOAT);
        try (Engine engine = Engine.builder().threads(1).withoutMemory().build()) {
            Planner planner = PlannedSuiteStep.planner(spec, engine).allow("pieces:2");
            assertThat(planner.frontier().stream().flatMap(plan -> plan.ways().stream()))
                    .anyMatch(way -> List.of(way.split("\\+")).contains("pieces:2"));
        }
    }

    @Test
    void aPlanIsAsExactAsWhatItIsAllowed() {
        Strategy plan = Strategy.parse("plan:1GiB");
        assertThat(plan.fidelity()).isEqualTo(Fidelity.EXACT);
        assertThat(plan.told(Map.of("allow", "abn,decoupled")).fidelity()).isEqualTo(Fidelity.APPROXIMATE);
        assertThat(plan.told(Map.of("allow", "save:q8")).fidelity()).isEqualTo(Fidelity.LOSSY);
    }
}
