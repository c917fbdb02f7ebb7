package org.backpropaganda.synthetic.predictor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Tensor;
import org.junit.jupiter.api.Test;

class StreamPredictorsTest {

    @Test
    void eachPredictsForItsOwnTensorAndLearnsFromItsOwnTarget() {
        try (Cases.Trial trial = new Cases.Trial(DType.DOUBLE);
                Tape tape = Tape.training(trial.root, 1)) {
            CriticPredictor critic = CriticPredictor.sobolev(trial.factory, 3, 2, 1, 4);
            LinearPredictor linear = new LinearPredictor(trial.factory, 2);
            StreamPredictors both = new StreamPredictors(List.of(critic, linear));
            Cases.randomize(both.parameterList());
            Variable first = tape.constant(trial.random(1, 4, 3));
            Variable second = tape.constant(trial.random(2, 4, 2));
            Variable labels = tape.constant(trial.root
                    .allocate(org.backpropaganda.autograd.tensor.Shape.of(4), DType.INT)
                    .set(0, 1, -100, 1));
            List<Variable> results = both.call(List.of(first, second, labels));
            List<Variable> ofCritic = critic.call(List.of(first, labels));
            Variable ofLinear = linear.call(second);
            assertThat(both.streams()).isEqualTo(2);
            assertThat(both.results()).isEqualTo(3).isEqualTo(results.size());
            assertSame(results.get(0), ofCritic.get(0));
            assertSame(results.get(1), ofLinear);
            assertSame(results.get(2), ofCritic.get(1));
            Lesson lesson0 = lesson(trial, results.get(0), 5);
            Lesson lesson1 = lesson(trial, results.get(1), 6);
            List<Slope> slopes = both.slopes(results, List.of(lesson0, lesson1));
            assertThat(slopes.stream().map(Slope::result))
                    .containsExactly(results.get(0), results.get(2), results.get(1));
            assertThat(slopes.get(0).gradient()).isSameAs(lesson0.prediction());
            assertThat(slopes.get(2).gradient()).isSameAs(lesson1.prediction());
        }
    }

    private static Lesson lesson(Cases.Trial trial, Variable m, long seed) {
        Tensor target = trial.random(seed, m.shape().toArray());
        return new Lesson(trial.random(seed + 10, m.shape().toArray()), target, 0.25, trial.random(seed, 4));
    }

    private static void assertSame(Variable actual, Variable expected) {
        assertThat(actual.value().toDoubles()).isEqualTo(expected.value().toDoubles());
    }

    @Test
    void asManyTensorsAsPredictors() {
        try (Cases.Trial trial = new Cases.Trial(DType.DOUBLE);
                Tape tape = Tape.training(trial.root, 1)) {
            StreamPredictors two = new StreamPredictors(
                    List.of(new LinearPredictor(trial.factory, 3), new LinearPredictor(trial.factory, 3)));
            assertThatThrownBy(() -> two.call(List.of(tape.constant(trial.random(1, 4, 3)))))
                    .hasMessage("StreamPredictors: called with 1 inputs, takes 2 tensors");
            assertThatThrownBy(() -> new StreamPredictors(List.of()))
                    .hasMessage("StreamPredictors: got no predictors; give one for each tensor");
            assertThatThrownBy(() -> new StreamPredictors(List.of(two)))
                    .hasMessageContaining("predictor 0 is of 2 tensors");
        }
    }
}
