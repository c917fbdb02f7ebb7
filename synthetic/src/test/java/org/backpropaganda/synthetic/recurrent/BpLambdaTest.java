package org.backpropaganda.synthetic.recurrent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import org.assertj.core.data.Offset;
import org.backpropaganda.autograd.graph.Parameter;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.MemoryKind;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.backpropaganda.synthetic.predictor.LinearPredictor;
import org.backpropaganda.synthetic.recurrent.Sequences.Layer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Losses are small, so that no update is clipped unless a test says so. */
class BpLambdaTest {
    private static final double EXACT = 1e-12;
    private static final int WIDTH = 3;
    private static final int BATCH = 2;
    private static final int WINDOWS = 6;

    private static Sequences sequences(Layer layer) {
        Sequences trial = new Sequences(layer, DType.DOUBLE, WIDTH, BATCH, 1);
        trial.factor = 0.02;
        return trial;
    }

    /** What the predictor's parameters are given: W by rows, then b. */
    private static double[] update(RecurrentLearner learner, WindowStep step) {
        List<double[]> parts = new ArrayList<>();
        for (Parameter parameter : learner.parameters()) {
            double[] gradient = Sequences.of(step, parameter);
            parts.add(
                    gradient != null
                            ? gradient
                            : new double[(int) parameter.value().elements()]);
        }
        return Sequences.flat(parts);
    }

    private static void add(double[] sum, double[] more) {
        for (int i = 0; i < sum.length; i++) {
            sum[i] += more[i];
        }
    }

    /** The states before each window but the first, side by side. */
    private static List<double[]> borders(Sequences trial) {
        List<double[]> borders = new ArrayList<>();
        RecurrentLearner learner = trial.learner(RecurrentMethod.bptt());
        for (int window = 0; window < WINDOWS - 1; window++) {
            try (TensorScope scope = trial.root.child();
                    WindowStep step = trial.step(learner, scope, window, trial.none())) {
                borders.add(trial.rows(
                        learner.states().stream().map(Tensor::toDoubles).toList()));
            }
        }
        return borders;
    }

    /** M, per position. */
    private static double[] predicted(Sequences trial, RecurrentLearner learner, double[] rows) {
        try (TensorScope scope = trial.root.child();
                Tape tape = Tape.inference(scope)) {
            Tensor h = scope.allocate(Shape.of(BATCH, rows.length / BATCH), trial.dtype)
                    .set(rows);
            return learner.modules()
                    .get("predictor")
                    .call(tape.constant(h))
                    .value()
                    .toDoubles();
        }
    }

    /** {@code −mean_B (g − M(h))ᵀ ∇M(h)}: of W by rows, then b. */
    private static double[] regression(double[] perPosition, double[] said, double[] h) {
        int features = h.length / BATCH;
        double[] update = new double[features * (features + 1)];
        for (int b = 0; b < BATCH; b++) {
            for (int i = 0; i < features; i++) {
                double delta = (said[b * features + i] - perPosition[b * features + i]) / BATCH;
                for (int j = 0; j < features; j++) {
                    update[i * features + j] += delta * h[b * features + j];
                }
                update[features * features + i] += delta;
            }
        }
        return update;
    }

    @ParameterizedTest
    @EnumSource(Layer.class)
    void withoutDecayAllUpdatesAddUpToRegressionOnTheTrueGradients(Layer layer) {
        try (Sequences trial = sequences(layer)) {
            RecurrentLearner learner = trial.learner(RecurrentMethod.bpLambda(1).withDiscount(1));
            Sequences.randomize(learner.parameters(), 0.01);
            double[] sum = null;
            for (int window = 0; window < WINDOWS; window++) {
                try (TensorScope scope = trial.root.child();
                        WindowStep step = trial.step(learner, scope, window, trial.ended(window, WINDOWS))) {
                    double[] update = update(learner, step);
                    assertThat(norm(update)).isLessThan(0.9);
                    if (sum == null) {
                        sum = new double[update.length];
                    }
                    add(sum, update);
                }
            }
            List<double[]> borders = borders(trial);
            double[] expected = new double[sum.length];
            for (int t = 1; t < WINDOWS; t++) {
                double[] h = borders.get(t - 1);
                double[] g = trial.rows(trial.full(t, WINDOWS).entry());
                for (int i = 0; i < g.length; i++) {
                    g[i] *= BATCH;
                }
                add(expected, regression(g, predicted(trial, learner, h), h));
            }
            assertThat(sum).containsExactly(expected, Offset.offset(EXACT));
            assertThat(norm(expected)).isGreaterThan(1e-2);
        }
    }

    @ParameterizedTest
    @EnumSource(Layer.class)
    void withoutTracesAnUpdateIsOneStepOfBootstrapping(Layer layer) {
        try (Sequences trial = sequences(layer)) {
            RecurrentLearner learner = trial.learner(RecurrentMethod.bpLambda(0).withDiscount(1));
            RecurrentLearner regressed = trial.learner(
                    RecurrentMethod.dni(),
                    new LinearPredictor(trial.factory, borders(trial).get(0).length / BATCH));
            Sequences.randomize(learner.parameters(), 0.01);
            Sequences.randomize(regressed.parameters(), 0.01);
            for (int window = 0; window < WINDOWS; window++) {
                try (TensorScope scope = trial.root.child();
                        WindowStep step = trial.step(learner, scope, window, trial.ended(window, WINDOWS));
                        WindowStep other = trial.step(regressed, scope, window, trial.ended(window, WINDOWS))) {
                    double[] update = update(learner, step);
                    if (window > 0) {
                        double[] twice = update(regressed, other);
                        for (int i = 0; i < twice.length; i++) {
                            assertThat(update[i]).isCloseTo(twice[i] / 2, Offset.offset(1e-15));
                        }
                        assertThat(norm(update)).isGreaterThan(1e-3);
                    } else {
                        assertThat(norm(update)).isZero();
                    }
                }
            }
        }
    }

    private static double norm(double... values) {
        double squares = 0;
        for (double value : values) {
            squares += value * value;
        }
        return Math.sqrt(squares);
    }

    @Test
    void aTraceDecays() {
        try (Sequences trial = sequences(Layer.GRU)) {
            double[][] updates = new double[3][];
            double[] decays = {0, 0.5, 1};
            for (int i = 0; i < decays.length; i++) {
                RecurrentLearner learner =
                        trial.learner(RecurrentMethod.bpLambda(decays[i]).withDiscount(1));
                Sequences.randomize(learner.parameters(), 0.01);
                try (TensorScope scope = trial.root.child()) {
                    trial.step(learner, scope, 0, trial.none());
                    trial.step(learner, scope, 1, trial.none());
                    updates[i] = update(learner, trial.step(learner, scope, 2, trial.none()));
                }
            }
            for (int k = 0; k < updates[0].length; k++) {
                assertThat(updates[1][k]).isCloseTo((updates[0][k] + updates[2][k]) / 2, Offset.offset(1e-14));
            }
            assertThat(updates[0]).isNotEqualTo(updates[2]);
        }
    }

    @Test
    void anUpdateIsAtMostOneLong() {
        try (Sequences trial = sequences(Layer.LSTM)) {
            RecurrentLearner learner = trial.learner(RecurrentMethod.bpLambda(1));
            Sequences.randomize(learner.parameters(), 30);
            try (TensorScope scope = trial.root.child()) {
                trial.step(learner, scope, 0, trial.none());
                WindowStep step = trial.step(learner, scope, 1, trial.none());
                assertThat(norm(update(learner, step))).isCloseTo(1, Offset.offset(1e-12));
            }
        }
    }

    @Test
    void tracesOfAnExampleEndWithItsSequence() {
        try (Sequences trial = sequences(Layer.GRU)) {
            RecurrentLearner learner = trial.learner(RecurrentMethod.bpLambda(1));
            Sequences.randomize(learner.parameters(), 0.01);
            try (TensorScope scope = trial.root.child()) {
                trial.step(learner, scope, 0, trial.none());
                trial.step(learner, scope, 1, true, true);
                assertThat(norm(update(learner, trial.step(learner, scope, 2, trial.none()))))
                        .isZero();
            }
        }
    }

    @Test
    void tracesAreBatchTimesFeaturesTimesParameters() {
        try (Sequences trial = new Sequences(Layer.LSTM, DType.FLOAT, WIDTH, BATCH, 1)) {
            long before = trial.engine.ledger().liveBytes(MemoryKind.OPTIMIZER);
            trial.learner(RecurrentMethod.bpLambda(1));
            long features = 2 * WIDTH;
            assertThat(trial.engine.ledger().liveBytes(MemoryKind.OPTIMIZER) - before)
                    .isEqualTo(Float.BYTES * BATCH * features * features * (features + 1));
        }
    }

    @Test
    void tracesTooLargeAreRefusedWithTheirSize() {
        try (Sequences trial = new Sequences(Layer.LSTM, DType.FLOAT, 256, 32, 1)) {
            assertThatThrownBy(() -> trial.learner(RecurrentMethod.bpLambda(1)))
                    .hasMessageContaining(
                            "bp-lambda: the traces of 32 examples, 512 features of the state and 262656 numbers of"
                                    + " the predictor are 17213423616 bytes, more than 2147483648; take a smaller batch");
        }
    }
}
