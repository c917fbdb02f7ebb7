package org.backpropaganda.checkpointing.planner;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.nn.Activation;
import org.backpropaganda.autograd.nn.Linear;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.nn.ParameterFactory;
import org.backpropaganda.autograd.nn.Sequential;
import org.backpropaganda.autograd.op.Ops;
import org.backpropaganda.autograd.optim.Sgd;
import org.backpropaganda.autograd.technique.StepOutline;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.autograd.tensor.MemoryBudgetException;
import org.backpropaganda.autograd.tensor.MemoryKind;
import org.backpropaganda.autograd.tensor.NoValuesException;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.backpropaganda.autograd.tensor.TensorSpec;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a planner promises of its answers, and what it refuses. */
class PlannerTest {
    private final Engine engine = Engine.builder().threads(1).build();
    private final TensorScope scope = engine.scope("");
    private final ParameterFactory factory = new ParameterFactory(scope, DType.FLOAT, 3);

    @AfterEach
    void close() {
        engine.close();
    }

    private Module made(String name) {
        return UserModel.named(name).make().apply(factory);
    }

    private Planner planner(String name, Module model) {
        StepOutline outline = UserModel.named(name)
                .outline((parameters, owner) -> Sgd.builder(0.1).momentum(0.9).build(parameters, owner), false);
        return Planner.of(Structure.of(model), outline);
    }

    private Planner planner(String name) {
        return planner(name, made(name));
    }

    @ParameterizedTest
    @ValueSource(strings = {"chain", "convolutions", "skips", "one"})
    void alongTheFrontierBytesRiseAndTimesFall(String name) {
        Planner planner = planner(name);
        List<Plan> frontier = planner.frontier();
        assertThat(frontier).isNotEmpty();
        for (int i = 1; i < frontier.size(); i++) {
            assertThat(frontier.get(i).predictedPeakBytes())
                    .isGreaterThan(frontier.get(i - 1).predictedPeakBytes());
            assertThat(frontier.get(i).time()).isLessThan(frontier.get(i - 1).time());
        }
        assertThat(frontier.get(0).predictedPeakBytes()).isEqualTo(planner.leastBytes());
        Plan last = frontier.get(frontier.size() - 1);
        assertThat(last.time()).isEqualTo(last.figures().plainTime());
    }

    @ParameterizedTest
    @ValueSource(strings = {"chain", "convolutions", "skips"})
    void noSingleTechniqueThatFitsIsFaster(String name) {
        Planner planner = planner(name);
        List<Plan> alone = planner.alone();
        assertThat(alone).extracting(Plan::whole).contains(null, "cheap");
        for (Plan each : alone) {
            assertThat(planner.budgetBytes(each.predictedPeakBytes()).fastest().time())
                    .isLessThanOrEqualTo(each.time());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"chain", "convolutions", "skips"})
    void noPlanOfTheFrontierThatFitsIsFaster(String name) {
        Planner planner = planner(name);
        for (Plan each : planner.frontier()) {
            assertThat(planner.budgetBytes(each.predictedPeakBytes()).fastest().time())
                    .isLessThanOrEqualTo(each.time());
        }
    }

    @ParameterizedTest
    @CsvSource({"convolutions, save:q8, save:bf16", "chain, save:q4, save:q8", "skips, save:q8, checkpoint:revolve=3"})
    void toAllowMoreIsNeverSlower(String name, String one, String other) {
        Planner planner = planner(name);
        long least = planner.leastBytes();
        long most = planner.alone().get(0).predictedPeakBytes();
        assertThat(planner.allow(one).leastBytes()).isLessThanOrEqualTo(least);
        for (int i = 0; i < 4; i++) {
            Planner within = planner.budgetBytes(least + (most - least) * i / 3);
            long none = within.fastest().time();
            long first = within.allow(one).fastest().time();
            assertThat(first).isLessThanOrEqualTo(none);
            assertThat(within.allow(one, other).fastest().time())
                    .isLessThanOrEqualTo(first)
                    .isLessThanOrEqualTo(within.allow(other).fastest().time());
        }
    }

    @Test
    void theSameQuestionHasTheSameAnswer() {
        Planner planner = planner("convolutions");
        long budget = (planner.leastBytes() + planner.alone().get(0).predictedPeakBytes()) / 2;
        String plan = planner.budgetBytes(budget).fastest().toJson();
        assertThat(planner.budgetBytes(budget).fastest().toJson()).isEqualTo(plan);
        assertThat(planner("convolutions").budgetBytes(budget).fastest().toJson())
                .isEqualTo(plan);
    }

    @Test
    void anAppliedPlanLeavesTheModelAsItIs() {
        Module model = made("skips");
        Map<String, double[]> values = new LinkedHashMap<>();
        model.parameters()
                .forEach((name, parameter) -> values.put(name, parameter.value().toDoubles()));
        double[] before = evaluated(model);
        Planner planner = planner("skips", model);
        Plan plan = planner.budgetBytes(planner.leastBytes()).fastest();
        try (PlannedModel planned = plan.applyTo(model, scope)) {
            assertThat(planned.module().parameters().keySet())
                    .isEqualTo(model.parameters().keySet());
            planned.module()
                    .parameters()
                    .forEach((name, parameter) ->
                            assertThat(parameter).isSameAs(model.parameters().get(name)));
            assertThat(evaluated(planned.module())).containsExactly(before);
        }
        model.parameters()
                .forEach((name, parameter) ->
                        assertThat(parameter.value().toDoubles()).containsExactly(values.get(name)));
        assertThat(evaluated(model)).containsExactly(before);
    }

    @Test
    void gradientsOfResultsMayComeFromOutside() {
        UserModel of = UserModel.named("results");
        Planner planner = Planner.of(made("results"), of.inputs().get(0));
        long least = planner.leastBytes();
        for (long budget : new long[] {least, planner.alone().get(0).predictedPeakBytes()}) {
            Plan plan = planner.budgetBytes(budget).fastest();
            try (Engine limited = Engine.builder()
                            .threads(1)
                            .memoryBudgetBytes(plan.predictedPeakBytes())
                            .build();
                    TensorScope step = limited.scope("")) {
                Module model = of.make().apply(new ParameterFactory(step, DType.FLOAT, 3));
                try (PlannedModel planned = plan.applyTo(model, step);
                        Tape tape = Tape.training(step, 2)) {
                    TensorSpec spec = of.inputs().get(0);
                    Tensor x = step.allocate(spec.shape(), spec.dtype(), MemoryKind.INPUT)
                            .fill(0.5);
                    List<Variable> results = planned.module().call(List.of(tape.constant(x)));
                    List<Tensor> gradients = results.stream()
                            .map(result -> step.allocate(result.shape(), result.dtype(), MemoryKind.TEMPORARY)
                                    .fill(1))
                            .toList();
                    tape.backward(results, gradients);
                    assertThat(limited.ledger().peakBytes()).isEqualTo(plan.predictedPeakBytes());
                }
            }
        }
    }

    private double[] evaluated(Module model) {
        TensorSpec spec = UserModel.named("skips").inputs().get(0);
        try (TensorScope step = scope.child();
                Tape tape = Tape.training(step, 9)) {
            Tensor x =
                    step.allocate(spec.shape(), spec.dtype(), MemoryKind.INPUT).fill(0.25);
            return model.call(tape.constant(x)).value().toDoubles();
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {0, -1, Long.MIN_VALUE})
    void aBudgetBelowOneByteIsRefused(long bytes) {
        Planner planner = planner("one");
        assertThatThrownBy(() -> planner.budgetBytes(bytes))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("planner: a budget of " + bytes + " bytes is below 1");
    }

    @ParameterizedTest
    @CsvSource({"one, model, back", "chain, 1.1, 1.1", "convolutions, 8, 6"})
    void aBudgetThatNothingFitsIntoNamesTheLeastAndItsBlock(String name, String block, String path) {
        Planner planner = planner(name);
        long least = planner.leastBytes();
        Plan leanest = planner.budgetBytes(least).fastest();
        assertThat(leanest.predictedPeakBytes()).isEqualTo(least);
        StepOutline outline = UserModel.named(name)
                .outline((parameters, owner) -> Sgd.builder(0.1).momentum(0.9).build(parameters, owner), false);
        assertThatThrownBy(() -> RealSteps.run(UserModel.named(name), outline, leanest, least - 1))
                .isInstanceOf(MemoryBudgetException.class)
                .hasMessageContaining("TEMPORARY", "\"" + path + "\"");
        for (long budget : new long[] {1, least - 1}) {
            assertThatThrownBy(() -> planner.budgetBytes(budget).fastest())
                    .isInstanceOf(InfeasibleBudgetException.class)
                    .hasMessage("no step fits into " + budget + " bytes: the least is " + least + ", which " + block
                            + " sets; give more, allow more techniques, or take a smaller batch");
        }
    }

    @Test
    void anUnknownTechniqueIsRefused() {
        assertThatThrownBy(() -> planner("one").allow("sorcery"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("there is no technique 'sorcery'; allow one of");
    }

    @Test
    void aModuleThatReadsValuesIsNamed() {
        Module reading = new Activation(x -> Ops.scale(x, x.value().toDoubles()[0]));
        Module model = new Sequential(
                new Linear(factory, 4, 4, true), new Sequential(Activation.tanh(), reading), Activation.gelu());
        Planner planner = Planner.of(model, new TensorSpec(Shape.of(2, 4), DType.FLOAT));
        assertThatThrownBy(planner::fastest)
                .isInstanceOf(NoValuesException.class)
                .hasMessageStartingWith("planner: 1.1 reads values, and plans are made from shapes alone; ");
        Planner loss = planner("chain").loss((results, labels) -> readBy(results.get(0)));
        assertThatThrownBy(loss::fastest)
                .isInstanceOf(NoValuesException.class)
                .hasMessageStartingWith("planner: the loss reads values");
    }

    private static Variable readBy(Variable result) {
        return Ops.scale(Ops.sum(result), result.value().toDoubles()[0]);
    }

    @Test
    void theLargestBatchFitsAndOneMoreDoesNot() {
        Planner planner = planner("convolutions");
        long budget = planner.leastBytes();
        long batch = planner.budgetBytes(budget).largestBatch(1000);
        assertThat(batch).isGreaterThanOrEqualTo(96);
        assertThat(leastOf(batch)).isLessThanOrEqualTo(budget);
        assertThat(leastOf(batch + 1)).isGreaterThan(budget);
        assertThat(planner.budgetBytes(budget).largestBatch(50)).isEqualTo(50);
        assertThat(planner.budgetBytes(1).largestBatch(1000)).isZero();
    }

    private long leastOf(long batch) {
        UserModel model = UserModel.named("convolutions");
        StepOutline outline = new StepOutline(
                List.of(new TensorSpec(Shape.of(batch, 8, 8, 3), DType.FLOAT)),
                List.of(new TensorSpec(Shape.of(batch), DType.INT)),
                model.loss(),
                (parameters, owner) -> Sgd.builder(0.1).momentum(0.9).build(parameters, owner),
                false);
        return Planner.of(Structure.of(made("convolutions")), outline).leastBytes();
    }

    @Test
    void inputsOfDifferentBatchesAreRefused() {
        Planner planner = Planner.of(
                        made("one"),
                        new TensorSpec(Shape.of(4, 16), DType.FLOAT),
                        new TensorSpec(Shape.of(5, 16), DType.FLOAT))
                .budgetBytes(1 << 20);
        assertThatThrownBy(() -> planner.largestBatch(8))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("does not begin with the batch of 4 samples");
    }
}
