package org.backpropaganda.synthetic;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.assertj.core.data.Offset;
import org.backpropaganda.autograd.graph.Gradients;
import org.backpropaganda.autograd.graph.Parameter;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.nn.Activation;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.nn.Sequential;
import org.backpropaganda.autograd.op.Identity;
import org.backpropaganda.autograd.op.SoftmaxCrossEntropy;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.backpropaganda.synthetic.testing.BoundaryRecorder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Modules whose result needs no gradient, as one that was dropped. */
class DecoupledConstantTest {
    private static final double EXACT = 1e-12;

    private static Module detached() {
        return new Activation(x -> x.tape().constant(x.value()));
    }

    /** Where nothing flows, backpropagation leaves no gradient, and a decoupled sequence none or zeros. */
    @ParameterizedTest
    @CsvSource({"0, false", "1, false", "2, false", "0, true", "1, true", "2, true"})
    void oraclesOfAConstantModuleTellBackpropagation(int constant, boolean replayed) {
        try (Trial trial = new Trial(DType.DOUBLE)) {
            List<Module> parts = trial.modules(4, k -> k == constant ? detached() : trial.inner());
            Map<String, double[]> exact = trial.step(new Sequential(parts)).gradients();
            BoundaryRecorder recorder = new BoundaryRecorder(parts, trial.root);
            Trial.Step recorded = trial.step(replayed ? new Recomputed(recorder) : recorder);
            Trial.assertClose(recorded.gradients(), exact, 0);
            DecoupledSequence decoupled = new DecoupledSequence(parts, recorder.oracles());
            Map<String, double[]> told =
                    trial.step(replayed ? new Recomputed(decoupled) : decoupled).gradients();
            assertThat(told.keySet()).containsAll(exact.keySet());
            told.forEach((name, values) -> assertThat(values)
                    .as(name)
                    .containsExactly(exact.getOrDefault(name, new double[values.length]), Offset.offset(EXACT)));
        }
    }

    /** The target before a module that does not depend on its input is zero: dR/dM = 2 M / B there. */
    @ParameterizedTest
    @CsvSource({"1", "2"})
    void aPredictorBeforeAConstantModuleLearnsThatItsTargetIsZero(int constant) {
        try (Trial trial = new Trial(DType.DOUBLE);
                TensorScope scope = trial.root.child()) {
            DecoupledSequence sequence = new DecoupledSequence(
                    trial.modules(4, k -> k == constant ? detached() : trial.inner()), trial.predictors(4));
            Trial.randomize(sequence.predictorParameterList());
            Map<String, Parameter> learnt =
                    sequence.predictors().get(constant - 1).parameters();
            Tensor x = trial.random(scope, 1, Trial.BATCH, Trial.WIDTH);
            Tensor labels = Trial.labels(scope, Trial.BATCH);
            Map<String, double[]> actual = new LinkedHashMap<>();
            try (Tape tape = Tape.training(scope, 3)) {
                Variable y = tape.constant(labels);
                Variable loss = SoftmaxCrossEntropy.crossEntropy(
                        sequence.call(List.of(tape.constant(x), y)).get(0), y);
                collect(tape.backward(loss), learnt, actual);
            }
            Map<String, double[]> expected = new LinkedHashMap<>();
            try (Tape tape = Tape.training(scope, 3)) {
                Variable h = tape.constant(x);
                for (Module module : sequence.modules().subList(0, constant)) {
                    h = tape.constant(module.call(h).value());
                }
                Variable prediction = sequence.predictors()
                        .get(constant - 1)
                        .call(List.of(h, tape.constant(labels)))
                        .get(0);
                double[] values = prediction.value().toDoubles();
                Tensor residual = scope.allocate(prediction.shape(), DType.DOUBLE);
                for (int i = 0; i < values.length; i++) {
                    values[i] *= 2.0 / Trial.BATCH;
                }
                collect(tape.backward(List.of(prediction), List.of(residual.set(values))), learnt, expected);
            }
            assertThat(expected.get("linear.weight")).doesNotContain(0);
            Trial.assertClose(actual, expected, EXACT);
        }
    }

    private static void collect(Gradients gradients, Map<String, Parameter> of, Map<String, double[]> into) {
        try (gradients) {
            of.forEach((name, parameter) -> {
                Tensor gradient = gradients.of(parameter);
                if (gradient != null) {
                    into.put(name, gradient.toDoubles());
                }
            });
        }
    }

    @Test
    void aRecorderRefusesTwoStreamsAtABoundary() {
        try (Trial trial = new Trial(DType.FLOAT)) {
            Module split = new Module() {
                @Override
                protected List<Variable> forward(List<Variable> inputs) {
                    return List.of(inputs.get(0), Identity.hold(inputs.get(0)));
                }
            };
            BoundaryRecorder recorder = new BoundaryRecorder(List.of(split, trial.head()), trial.root);
            assertThatThrownBy(() -> trial.step(recorder))
                    .hasMessage("boundary recorder: module 0 returns 2 results, but a boundary carries one tensor; join"
                            + " the streams at the end of the module");
        }
    }

    @Test
    void aSummaryIsNoStepToARecorder() {
        try (Trial trial = new Trial(DType.FLOAT)) {
            BoundaryRecorder recorder = new BoundaryRecorder(List.of(trial.inner(), trial.head()), trial.root);
            trial.step(recorder);
            long live = trial.engine.ledger().liveBytes();
            recorder.summary(Shape.of(5, Trial.WIDTH));
            assertThat(trial.engine.ledger().liveBytes()).isEqualTo(live);
            assertThat(recorder.oracles()).hasSize(1);
        }
    }

    @Test
    void aRecorderForgetsTheStepBefore() {
        try (Trial trial = new Trial(DType.FLOAT)) {
            BoundaryRecorder recorder = new BoundaryRecorder(List.of(trial.inner(), trial.head()), trial.root);
            trial.step(recorder);
            assertThat(recorder.oracles()).hasSize(1);
            try (TensorScope scope = trial.root.child();
                    Tape tape = Tape.training(scope, 1)) {
                recorder.call(tape.constant(trial.random(scope, 1, Trial.BATCH, Trial.WIDTH)));
            }
            assertThatThrownBy(recorder::oracles).hasMessageContaining("no gradient came to boundary 0");
        }
    }
}
