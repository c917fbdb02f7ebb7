package org.backpropaganda.synthetic.recurrent;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.assertj.core.data.Offset;
import org.backpropaganda.autograd.graph.Gradients;
import org.backpropaganda.autograd.graph.Parameter;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.nn.RecurrentState;
import org.backpropaganda.autograd.op.Add;
import org.backpropaganda.autograd.op.Multiply;
import org.backpropaganda.autograd.op.Sum;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.backpropaganda.synthetic.predictor.LinearPredictor;
import org.backpropaganda.synthetic.recurrent.Sequences.Layer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class RecurrentDniTest {
    private static final double EXACT = 1e-12;
    private static final int WIDTH = 4;
    private static final int WINDOWS = 5;

    private static Sequences sequences(Layer layer) {
        return new Sequences(layer, DType.DOUBLE, WIDTH, 3, 2);
    }

    private static void assertClose(Map<String, double[]> actual, Map<String, double[]> expected, double tolerance) {
        assertThat(actual.keySet()).isEqualTo(expected.keySet());
        expected.forEach((name, values) ->
                assertThat(actual.get(name)).as(name).containsExactly(values, Offset.offset(tolerance)));
    }

    @ParameterizedTest
    @EnumSource(Layer.class)
    void withTheTrueGradientsTheWindowsAddUpToBackpropagationThroughTime(Layer layer) {
        try (Sequences trial = sequences(layer)) {
            Map<String, double[]> exact = trial.full(0, WINDOWS).gradients();
            RecurrentMethod whole = RecurrentMethod.dni().withInjection(1);
            assertClose(trial.windows(trial.learner(whole, trial.oracle(WINDOWS)), WINDOWS), exact, EXACT);
            assertClose(
                    trial.windows(trial.learner(whole.withDiscount(0.5), trial.oracle(WINDOWS)), WINDOWS),
                    exact,
                    EXACT);
            Map<String, double[]> truncated = trial.windows(trial.learner(RecurrentMethod.bptt()), WINDOWS);
            assertThat(Sequences.distance(truncated, exact)).isGreaterThan(0.01);
        }
    }

    @ParameterizedTest
    @EnumSource(Layer.class)
    void aLivePredictionBehindTheLastWindowWouldChangeThem(Layer layer) {
        try (Sequences trial = sequences(layer)) {
            Map<String, double[]> exact = trial.full(0, WINDOWS).gradients();
            RecurrentMethod whole = RecurrentMethod.dni().withInjection(1);
            RecurrentLearner learner = trial.learner(whole, trial.oracle(WINDOWS));
            Map<String, double[]> total = Map.of();
            for (int window = 0; window < WINDOWS; window++) {
                try (TensorScope scope = trial.root.child();
                        WindowStep step = trial.step(learner, scope, window, trial.none())) {
                    total = Sequences.sum(total, Sequences.values(trial.parameters(), step.gradients()));
                }
            }
            assertThat(Sequences.distance(total, exact)).isGreaterThan(0.01);
        }
    }

    @ParameterizedTest
    @EnumSource(Layer.class)
    void beforeThePredictorLearnsEveryBitIsThatOfTruncatedBackpropagation(Layer layer) {
        for (DType dtype : List.of(DType.FLOAT, DType.DOUBLE)) {
            try (Sequences trial = new Sequences(layer, dtype, WIDTH, 3, 2)) {
                RecurrentLearner dni = trial.learner(RecurrentMethod.dni());
                RecurrentLearner lambda = trial.learner(RecurrentMethod.bpLambda(0.5));
                RecurrentLearner bptt = trial.learner(RecurrentMethod.bptt());
                RecurrentState state = trial.module.zeroState(trial.root, trial.batch);
                for (int window = 0; window < WINDOWS; window++) {
                    Map<String, double[]> plain = truncated(trial, state, window);
                    for (RecurrentLearner learner : List.of(bptt, dni, lambda)) {
                        try (TensorScope scope = trial.root.child();
                                WindowStep step = trial.step(learner, scope, window, trial.none())) {
                            assertClose(Sequences.values(trial.parameters(), step.gradients()), plain, 0);
                        }
                    }
                }
            }
        }
    }

    private static Map<String, double[]> truncated(Sequences trial, RecurrentState state, int window) {
        try (TensorScope scope = trial.root.child();
                Tape tape = Tape.training(scope, window)) {
            List<Variable> entry = state.tensors().stream().map(tape::constant).toList();
            Unrolled unrolled = trial.unroll(new WindowEntry(tape, entry), window);
            state.carry(unrolled.results());
            try (Gradients gradients = tape.backward(unrolled.loss())) {
                return Sequences.values(trial.parameters(), gradients);
            }
        }
    }

    @Test
    void aLivePredictorChangesGradientsAsFarAsItIsInjected() {
        try (Sequences trial = sequences(Layer.LSTM)) {
            Map<String, double[]> plain = first(trial, RecurrentMethod.bptt());
            assertClose(first(trial, RecurrentMethod.dni().withInjection(0)), plain, 0);
            double tenth = Sequences.distance(first(trial, RecurrentMethod.dni()), plain);
            double whole = Sequences.distance(first(trial, RecurrentMethod.dni().withInjection(1)), plain);
            assertThat(tenth).isGreaterThan(1e-3);
            assertThat(whole).isCloseTo(10 * tenth, Offset.offset(1e-9));
        }
    }

    private static Map<String, double[]> first(Sequences trial, RecurrentMethod method) {
        RecurrentLearner learner = trial.learner(method);
        Sequences.randomize(learner.parameters(), 1);
        try (TensorScope scope = trial.root.child();
                WindowStep step = trial.step(learner, scope, 0, trial.none())) {
            return Sequences.values(trial.parameters(), step.gradients());
        }
    }

    @ParameterizedTest
    @EnumSource(Layer.class)
    void thePredictorLearnsTheWindowsGradientAndWhatIsPredictedAtItsExit(Layer layer) {
        try (Sequences trial = sequences(layer)) {
            for (double discount : new double[] {0.1, 0.7, 1}) {
                RecurrentLearner learner = trial.learner(RecurrentMethod.dni().withDiscount(discount));
                Sequences.randomize(learner.parameters(), 0.5);
                Parameter bias = learner.parameters().get(3);
                try (TensorScope scope = trial.root.child()) {
                    WindowStep begins = trial.step(learner, scope, 0, trial.none());
                    assertThat(Sequences.of(begins, bias)).isNull();
                    List<Tensor> entry = learner.states().stream()
                            .map(each -> trial.root
                                    .allocate(each.shape(), each.dtype())
                                    .copyFrom(each))
                            .toList();
                    WindowStep step = trial.step(learner, scope, 1, trial.none());
                    double[] expected = biasGradient(trial, learner, entry, discount);
                    assertThat(Sequences.of(step, bias)).containsExactly(expected, Offset.offset(EXACT));
                }
            }
        }
    }

    /** {@code 2 Σ_b (ĝ(h) − ∂(L + γ ⟨ĝ(h'), h'⟩)/∂h)}, as one scalar's gradient. */
    private static double[] biasGradient(
            Sequences trial, RecurrentLearner learner, List<Tensor> entry, double discount) {
        try (TensorScope scope = trial.root.child();
                Tape tape = Tape.training(scope, 1)) {
            List<Variable> leaves = entry.stream().map(tape::leaf).toList();
            Unrolled unrolled = trial.unroll(new WindowEntry(tape, leaves), 1);
            List<double[]> exits = unrolled.states().stream()
                    .map(each -> each.value().toDoubles())
                    .toList();
            double[] atExit = predicted(trial, learner, trial.rows(exits));
            Variable total = unrolled.loss();
            int features = atExit.length / trial.batch;
            int layers = (int) unrolled.states().get(0).shape().dim(0);
            for (int s = 0; s < exits.size(); s++) {
                double[] factors = new double[exits.get(s).length];
                for (int i = 0; i < factors.length; i++) {
                    int layer = i / (trial.batch * WIDTH);
                    int b = i / WIDTH % trial.batch;
                    factors[i] = discount * atExit[b * features + (s * layers + layer) * WIDTH + i % WIDTH];
                }
                Variable exit = unrolled.states().get(s);
                Tensor constant = scope.allocate(exit.shape(), exit.dtype()).set(factors);
                total = Add.add(total, Sum.sum(Multiply.multiply(exit, tape.constant(constant)), 0, 1, 2));
            }
            tape.backward(total).close();
            List<double[]> target =
                    leaves.stream().map(each -> tape.gradient(each).toDoubles()).toList();
            double[] here = predicted(
                    trial,
                    learner,
                    trial.rows(entry.stream().map(Tensor::toDoubles).toList()));
            double[] rows = trial.rows(target);
            double[] sums = new double[features];
            for (int i = 0; i < rows.length; i++) {
                sums[i % features] += 2 * (here[i] - rows[i]);
            }
            return sums;
        }
    }

    private static double[] predicted(Sequences trial, RecurrentLearner learner, double[] rows) {
        try (TensorScope scope = trial.root.child();
                Tape tape = Tape.inference(scope)) {
            Tensor h = scope.allocate(Shape.of(trial.batch, rows.length / trial.batch), trial.dtype)
                    .set(rows);
            double[] values = learner.modules()
                    .get("predictor")
                    .call(tape.constant(h))
                    .value()
                    .toDoubles();
            for (int i = 0; i < values.length; i++) {
                values[i] /= trial.batch;
            }
            return values;
        }
    }

    @Test
    void whatTheLayerGetsAndWhatThePredictorLearnsAreApart() {
        try (Sequences trial = sequences(Layer.GRU)) {
            List<Map<String, double[]>> seen = new ArrayList<>();
            for (boolean frozen : new boolean[] {false, true}) {
                RecurrentLearner learner = trial.learner(RecurrentMethod.dni());
                Sequences.randomize(learner.parameters(), 1);
                if (frozen) {
                    learner.modules().get("predictor").freeze();
                }
                try (TensorScope scope = trial.root.child()) {
                    WindowStep begins = trial.step(learner, scope, 0, trial.none());
                    assertThat(learner.parameters())
                            .allSatisfy(each ->
                                    assertThat(Sequences.of(begins, each)).isNull());
                    WindowStep step = trial.step(learner, scope, 1, trial.none());
                    assertThat(learner.parameters())
                            .allSatisfy(each ->
                                    assertThat(Sequences.of(step, each) == null).isEqualTo(frozen));
                    seen.add(Sequences.values(trial.parameters(), step.gradients()));
                }
            }
            assertClose(seen.get(0), seen.get(1), 0);
        }
    }

    @Test
    void anExampleThatEndsSendsNothingBackAndBeginsWithZeros() {
        try (Sequences trial = sequences(Layer.LSTM)) {
            double[] ones = Stream.generate(() -> 1.0)
                    .limit(3 * 2 * WIDTH)
                    .mapToDouble(Double::doubleValue)
                    .toArray();
            double[] butTheSecond = ones.clone();
            Arrays.fill(butTheSecond, 2 * WIDTH, 4 * WIDTH, 0);
            RecurrentMethod method = RecurrentMethod.dni().withInjection(1);
            RecurrentLearner ends = trial.learner(method, new Sequences.Told(Stream.of(ones)));
            RecurrentLearner told = trial.learner(method, new Sequences.Told(Stream.of(butTheSecond)));
            try (TensorScope scope = trial.root.child()) {
                WindowStep one = trial.step(ends, scope, 0, false, true, false);
                WindowStep other = trial.step(told, scope, 0, trial.none());
                assertClose(
                        Sequences.values(trial.parameters(), one.gradients()),
                        Sequences.values(trial.parameters(), other.gradients()),
                        0);
            }
            for (int s = 0; s < 2; s++) {
                double[] carried = ends.states().get(s).toDoubles();
                double[] expected = told.states().get(s).toDoubles();
                assertThat(expected).doesNotContain(0);
                Arrays.fill(expected, WIDTH, 2 * WIDTH, 0);
                assertThat(carried).containsExactly(expected);
            }
        }
    }

    @Test
    void thePredictorLearnsNothingFromAnExampleThatBegins() {
        try (Sequences trial = sequences(Layer.GRU)) {
            RecurrentMethod method = RecurrentMethod.dni();
            LinearPredictor predictor = new LinearPredictor(trial.factory, WIDTH);
            Sequences.randomize(predictor.parameterList(), 1);
            RecurrentLearner learner = trial.learner(method, predictor);
            try (TensorScope scope = trial.root.child()) {
                trial.step(learner, scope, 0, false, true, true);
                WindowStep step = trial.step(learner, scope, 1, trial.none());
                double[] weight = Sequences.of(step, predictor.parameterList().get(0));
                double[] bias = Sequences.of(step, predictor.parameterList().get(1));
                double[] h = learner.states().get(0).toDoubles();
                assertThat(h).hasSize(3 * WIDTH);
                for (int row = 1; row < WIDTH; row++) {
                    for (int column = 0; column < WIDTH; column++) {
                        assertThat(weight[row * WIDTH + column] * bias[0])
                                .isCloseTo(weight[column] * bias[row], Offset.offset(EXACT));
                    }
                }
            }
        }
    }

    @Test
    void theAuxiliaryHeadLearnsThePredictionAndMovesTheLayer() {
        try (Sequences trial = sequences(Layer.LSTM)) {
            RecurrentLearner without = trial.learner(RecurrentMethod.dni());
            RecurrentLearner with = trial.learner(RecurrentMethod.dniAux());
            Sequences.randomize(without.parameters(), 1);
            Sequences.randomize(with.parameters(), 1);
            try (TensorScope scope = trial.root.child()) {
                WindowStep plain = trial.step(without, scope, 0, trial.none());
                WindowStep step = trial.step(with, scope, 0, trial.none());
                assertThat(step.loss()).isEqualTo(plain.loss());
                assertThat(Sequences.distance(
                                Sequences.values(trial.module.parameters(), step.gradients()),
                                Sequences.values(trial.module.parameters(), plain.gradients())))
                        .isGreaterThan(1e-3);
                assertThat(with.modules().get("auxiliary").parameterList())
                        .allSatisfy(each -> assertThat(Sequences.of(step, each)).isNotNull());
                assertThat(with.modules().get("predictor").parameterList())
                        .allSatisfy(each -> assertThat(Sequences.of(step, each)).isNull());
            }
        }
    }
}
