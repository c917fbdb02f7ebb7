package org.backpropaganda.synthetic;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.op.Identity;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.ShapeException;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.synthetic.predictor.ConvPredictor;
import org.backpropaganda.synthetic.predictor.GradientPredictor;
import org.backpropaganda.synthetic.predictor.LinearPredictor;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class DecoupledRefusalTest {
    private final Trial trial = new Trial(DType.FLOAT);

    @AfterEach
    void close() {
        trial.close();
    }

    private DecoupledSequence two(GradientPredictor predictor) {
        return new DecoupledSequence(trial.modules(2, k -> trial.inner()), List.of(predictor));
    }

    @Test
    void aWrongNumberOfPredictors() {
        List<Module> parts = trial.modules(3, k -> trial.inner());
        assertThatThrownBy(() -> new DecoupledSequence(parts, trial.predictors(2)))
                .hasMessage("decoupled sequence: 3 modules and 1 predictors; give one predictor for each module but the"
                        + " last");
        assertThatThrownBy(() -> new DecoupledSequence(List.of(), List.of())).hasMessageContaining("0 modules");
    }

    @Test
    void theSameThingTwice() {
        Module module = trial.inner();
        GradientPredictor predictor = trial.predictors(2).get(0);
        assertThatThrownBy(() -> new DecoupledSequence(List.of(module, module), List.of(predictor)))
                .hasMessageContaining("a module is given twice");
        assertThatThrownBy(() ->
                        new DecoupledSequence(trial.modules(3, k -> trial.inner()), List.of(predictor, predictor)))
                .hasMessageContaining("a predictor is given twice");
    }

    @Test
    void aPredictorMadeForAnotherBoundary() {
        assertThatThrownBy(() -> trial.step(two(new LinearPredictor(trial.factory, 5, Trial.CLASSES))))
                .isInstanceOf(ShapeException.class)
                .hasMessage("LinearPredictor: the boundary is FLOAT[8, 6], made for [B, C] with 5 channels");
        assertThatThrownBy(() -> trial.step(two(new ConvPredictor(trial.factory, 6))))
                .hasMessage("ConvPredictor: the boundary is FLOAT[8, 6], made for [B, H, W, C] with 6 channels");
        assertThatThrownBy(() -> trial.step(two(new GradientPredictor() {
                    @Override
                    public boolean isConditioned() {
                        return false;
                    }

                    @Override
                    protected List<Variable> forward(List<Variable> inputs) {
                        Tape tape = inputs.get(0).tape();
                        return List.of(tape.constant(trial.random(trial.root, 1, 2, 3)));
                    }
                })))
                .hasMessageContaining("boundary 0 is FLOAT[8, 6], its predictor gave FLOAT[2, 3]");
        assertThatThrownBy(() -> new LinearPredictor(trial.factory, 5, 0)).hasMessageContaining("0 classes");
    }

    @Test
    void labelsThatAreMissingOrWrong() {
        DecoupledSequence sequence = two(trial.predictors(2).get(0));
        try (Tape tape = Tape.training(trial.root, 1)) {
            Variable x = tape.constant(trial.random(trial.root, 1, Trial.BATCH, Trial.WIDTH));
            assertThatThrownBy(() -> sequence.call(x))
                    .hasMessage("decoupled sequence: predictor 0 is conditioned on labels; call the sequence with"
                            + " [x, labels]");
            assertThatThrownBy(() -> sequence.call(List.of(x, x)))
                    .hasMessageContaining("labels FLOAT[8, 6] must be INT[8] for x FLOAT[8, 6]");
            assertThatThrownBy(() -> sequence.call(List.of(x, x, x))).hasMessageContaining("got 3 inputs");
            Tensor beyond =
                    trial.root.allocate(Shape.of(Trial.BATCH), DType.INT).set(0, 1, 2, 0, 1, 2, 3, 0);
            assertThatThrownBy(() -> sequence.call(List.of(x, tape.constant(beyond))))
                    .hasMessage("onehot: label 3 at index 6 is not within [0, 3)");
        }
    }

    @Test
    void twoStreamsAtABoundary() {
        Module split = new Module() {
            @Override
            protected List<Variable> forward(List<Variable> inputs) {
                return List.of(inputs.get(0), Identity.hold(inputs.get(0)));
            }
        };
        DecoupledSequence sequence = new DecoupledSequence(List.of(split, trial.head()), trial.predictors(2));
        assertThatThrownBy(() -> trial.step(sequence))
                .hasMessage("decoupled sequence: module 0 returns 2 results, but a boundary carries one tensor; join"
                        + " the streams at the end of the module");
        try (Tape tape = Tape.inference(trial.root)) {
            Variable x = tape.constant(trial.random(trial.root, 1, Trial.BATCH, Trial.WIDTH));
            assertThatThrownBy(() -> sequence.call(x)).hasMessageContaining("module 0 returns 2 results");
        }
    }
}
