package org.backpropaganda.checkpointing.planner;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.stream.Stream;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.nn.ParameterFactory;
import org.backpropaganda.autograd.optim.AdamW;
import org.backpropaganda.autograd.optim.Sgd;
import org.backpropaganda.autograd.technique.StepOutline;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Planned steps that are really made: their bytes are those of the plan, their bits those of plain backpropagation. */
class PlannedStepsTest {
    private static final int BUDGETS = 6;

    private static final StepOutline.OptimizerMaker MOMENTUM =
            (parameters, scope) -> Sgd.builder(0.1).momentum(0.9).build(parameters, scope);
    private static final StepOutline.OptimizerMaker ADAM_W =
            (parameters, scope) -> AdamW.builder(0.01).build(parameters, scope);

    static Stream<Arguments> steps() {
        Stream<Arguments> all =
                UserModel.all().map(model -> Arguments.of(model.name(), model, model.outline(MOMENTUM, false)));
        Stream<Arguments> adamW = Stream.of("chain", "frozen")
                .map(UserModel::named)
                .map(model -> Arguments.of(model.name() + ", adamw", model, model.outline(ADAM_W, false)));
        Stream<Arguments> during = Stream.of("convolutions", "shared", "frozen", "one")
                .map(UserModel::named)
                .map(model -> Arguments.of(model.name() + ", during backward", model, model.outline(MOMENTUM, true)));
        return Stream.of(all, adamW, during).flatMap(each -> each);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("steps")
    void sixBudgetsAreMetToTheByteWithTheBitsOfPlain(String name, UserModel model, StepOutline outline) {
        Map<String, double[]> plain =
                RealSteps.run(model, outline, null, Long.MAX_VALUE).values();
        try (Engine engine = Engine.builder().threads(1).build();
                TensorScope scope = engine.scope("")) {
            Module made = model.make().apply(new ParameterFactory(scope, DType.FLOAT, 1));
            Planner planner = Planner.of(Structure.of(made), outline);
            long least = planner.leastBytes();
            long most = planner.fastest().figures().plainPeakBytes();
            for (int i = 0; i < BUDGETS; i++) {
                long budget = least + (most - least) * i / (BUDGETS - 1);
                Plan plan = planner.budgetBytes(budget).fastest();
                assertThat(plan.predictedPeakBytes()).isLessThanOrEqualTo(budget);
                RealSteps real = RealSteps.run(model, outline, plan, plan.predictedPeakBytes());
                assertThat(real.peakBytes()).as("peak of\n%s", plan).isEqualTo(plan.predictedPeakBytes());
                assertThat(real.values().keySet()).isEqualTo(plain.keySet());
                real.values()
                        .forEach((value, bits) ->
                                assertThat(bits).as("%s of\n%s", value, plan).containsExactly(plain.get(value)));
            }
        }
    }
}
