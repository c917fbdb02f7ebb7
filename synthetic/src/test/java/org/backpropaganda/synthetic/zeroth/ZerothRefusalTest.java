package org.backpropaganda.synthetic.zeroth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.stream.Stream;
import org.backpropaganda.autograd.graph.Parameter;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.op.Ops;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.autograd.tensor.MemoryKind;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.ShapeException;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class ZerothRefusalTest {
    /** A learner for parameters, as the function that makes its steps. */
    private interface Learner
            extends BiFunction<List<Parameter>, TensorScope, Function<Function<Tape, Variable>, DirectionalStep>> {}

    static Stream<Named<Learner>> learners() {
        return Stream.of(
                Named.of("mezo", (parameters, scope) -> {
                    Mezo mezo = Mezo.builder(0.1).samples(2).build(parameters, scope);
                    return loss -> mezo.step(1, loss);
                }),
                Named.of("forward gradient", (parameters, scope) -> {
                    ForwardGradient forward =
                            ForwardGradient.builder(0.1).samples(2).build(parameters, scope);
                    return loss -> forward.step(1, loss);
                }));
    }

    private static void assertRefused(Learner learner, List<Parameter> parameters, TensorScope scope, String why) {
        assertThatThrownBy(() -> learner.apply(parameters, scope))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(why);
    }

    @ParameterizedTest
    @MethodSource("learners")
    void parametersThatCannotBeTrained(Learner learner) {
        try (ZerothTrial trial = new ZerothTrial(DType.FLOAT);
                Engine other = Engine.builder().threads(1).build()) {
            TensorScope root = trial.root;
            assertRefused(learner, List.of(), root, "no parameters are given");
            assertRefused(learner, List.of(trial.first, trial.first), root, "first FLOAT[6, 1] is given twice");
            assertRefused(learner, trial.both(), other.scope(""), "belongs to another engine");
            Parameter whole = new Parameter(root.allocate(Shape.of(1), DType.INT, MemoryKind.PARAMETER));
            assertRefused(learner, List.of(whole), root, "has no gradients");
            trial.second.freeze();
            assertRefused(learner, trial.both(), root, "second FLOAT[6, 1] is frozen");
            trial.second.unfreeze();
            trial.second.named("first");
            assertRefused(learner, trial.both(), root, "two parameters have the path \"first\"");
        }
    }

    @ParameterizedTest
    @ValueSource(doubles = {0, -1e-3, Double.NaN, Double.POSITIVE_INFINITY})
    void distances(double epsilon) {
        assertThatThrownBy(() -> Mezo.builder(0.1).epsilon(epsilon))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("mezo: epsilon " + epsilon + " must be finite and above 0");
    }

    @ParameterizedTest
    @ValueSource(doubles = {-1e-3, Double.NaN, Double.POSITIVE_INFINITY})
    void ratesAndDecays(double value) {
        try (ZerothTrial trial = new ZerothTrial(DType.FLOAT)) {
            Mezo mezo = Mezo.builder(0.1).build(trial.both(), trial.root);
            ForwardGradient forward = ForwardGradient.builder(0.1).build(trial.both(), trial.root);
            Stream.<Runnable>of(
                            () -> Mezo.builder(value),
                            () -> Mezo.builder(1).weightDecay(value),
                            () -> mezo.setLearningRate(value),
                            () -> ForwardGradient.builder(value),
                            () -> ForwardGradient.builder(1).weightDecay(value),
                            () -> forward.setLearningRate(value))
                    .forEach(choice -> assertThatThrownBy(choice::run)
                            .isInstanceOf(IllegalArgumentException.class)
                            .hasMessageContaining(value + " must be finite and 0 or more"));
            assertThat(mezo.learningRate()).isEqualTo(0.1);
            assertThat(forward.learningRate()).isEqualTo(0.1);
        }
    }

    @Test
    void stepsWithoutADirection() {
        assertThatThrownBy(() -> Mezo.builder(0.1).samples(0)).hasMessage("mezo: samples 0 is below 1");
        assertThatThrownBy(() -> ForwardGradient.builder(0.1).samples(-1))
                .hasMessage("forward gradient: samples -1 is below 1");
    }

    @ParameterizedTest
    @MethodSource("learners")
    void lossesThatAreNoNumberOfTheTape(Learner learner) {
        try (ZerothTrial trial = new ZerothTrial(DType.FLOAT);
                Tape other = Tape.training(trial.root, 1)) {
            Function<Function<Tape, Variable>, DirectionalStep> steps = learner.apply(trial.both(), trial.root);
            double[] before = trial.values();
            assertThatThrownBy(() -> steps.apply(tape -> Ops.scale(tape.parameter(trial.first), 2)))
                    .isInstanceOf(ShapeException.class)
                    .hasMessageContaining("FLOAT[6, 1], not one number; take its mean");
            assertThatThrownBy(() -> steps.apply(tape -> trial.quadratic(other)))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("of another tape");
            assertThat(trial.values()).isEqualTo(before);
        }
    }

    /** Whichever pass it comes in. */
    @ParameterizedTest
    @MethodSource("learners")
    void lossesThatAreNotFinite(Learner learner) {
        try (ZerothTrial trial = new ZerothTrial(DType.FLOAT)) {
            Module model = trial.model();
            Function<Function<Tape, Variable>, DirectionalStep> steps =
                    learner.apply(model.parameterList(), trial.root);
            int[] passes = new int[1];
            DirectionalStep good = steps.apply(tape -> {
                passes[0]++;
                return trial.loss(model).apply(tape);
            });
            assertThat(good.slopes()).hasSize(2);
            double[] before = ZerothTrial.values(model.parameterList());
            long live = trial.engine.ledger().liveBytes();
            for (int bad = 0; bad < passes[0]; bad++) {
                for (double value : new double[] {Double.NaN, Double.POSITIVE_INFINITY}) {
                    int[] left = {bad};
                    assertThatThrownBy(() -> steps.apply(tape -> {
                                Variable loss = trial.loss(model).apply(tape);
                                return left[0]-- == 0 ? Ops.scale(loss, 1, value) : loss;
                            }))
                            .isInstanceOf(ArithmeticException.class)
                            .hasMessageContaining(": a loss is " + value + "; no weight was changed");
                    assertThat(left[0]).isEqualTo(-1);
                    assertThat(ZerothTrial.values(model.parameterList())).isEqualTo(before);
                    assertThat(trial.engine.ledger().liveBytes()).isEqualTo(live);
                }
            }
        }
    }

    /** Finite losses so far apart that their difference is not. */
    @ParameterizedTest
    @MethodSource("learners")
    void slopesThatAreNotFinite(Learner learner) {
        try (ZerothTrial trial = new ZerothTrial(DType.DOUBLE)) {
            double[] before = trial.values();
            assertThatThrownBy(() -> learner.apply(trial.both(), trial.root)
                            .apply(tape -> Ops.scale(Ops.scale(trial.quadratic(tape), 1e200), 1e108)))
                    .isInstanceOf(ArithmeticException.class)
                    .hasMessageContaining("a slope is");
            assertThat(trial.values()).isEqualTo(before);
        }
    }
}
