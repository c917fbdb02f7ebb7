package org.backpropaganda.synthetic.recurrent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.assertj.core.data.Offset;
import org.backpropaganda.autograd.io.Progress;
import org.backpropaganda.autograd.io.TrainingState;
import org.backpropaganda.autograd.nn.Lstm;
import org.backpropaganda.autograd.nn.RecurrentSettings;
import org.backpropaganda.autograd.optim.Adam;
import org.backpropaganda.autograd.optim.Optimizer;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.backpropaganda.synthetic.predictor.LinearPredictor;
import org.backpropaganda.synthetic.recurrent.Sequences.Layer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class RecurrentLearnerTest {
    private static final int WINDOWS = 3;

    static Stream<RecurrentMethod> methods() {
        return RecurrentMethod.NAMES.stream().map(RecurrentMethod::named);
    }

    /** A run of sequences of three windows each. */
    private static final class Training implements AutoCloseable {
        final Sequences trial = new Sequences(Layer.LSTM_OF_TWO, DType.FLOAT, 4, 3, 2);
        final RecurrentLearner learner;
        final Map<String, Optimizer> optimizers = new LinkedHashMap<>();
        final TrainingState state;
        long done;

        Training(RecurrentMethod method) {
            learner = trial.learner(method);
            optimizers.put("model", Adam.builder(1e-2).build(trial.parameterList(), trial.root));
            if (!learner.parameters().isEmpty()) {
                optimizers.put("learner", Adam.builder(1e-2).build(learner.parameters(), trial.root));
            }
            TrainingState layer = TrainingState.of(trial.module, optimizers);
            state = learner.in(layer.withModule("head", trial.head));
        }

        void steps(int count) {
            for (int i = 0; i < count; i++) {
                int window = (int) done;
                boolean[] ended = {(done + 1) % WINDOWS == 0, (done + 2) % WINDOWS == 0, false};
                try (TensorScope scope = trial.root.child();
                        WindowStep step = trial.step(learner, scope, window, ended)) {
                    optimizers.values().forEach(each -> {
                        each.step(step.gradients());
                        each.step(step.ofPredictor());
                    });
                }
                done++;
            }
        }

        Map<String, double[]> everything() {
            Map<String, double[]> all = new LinkedHashMap<>();
            trial.parameters()
                    .forEach((name, each) -> all.put(name, each.value().toDoubles()));
            learner.modules()
                    .forEach((module, each) -> each.parameters()
                            .forEach((name, parameter) ->
                                    all.put(module + name, parameter.value().toDoubles())));
            for (int i = 0; i < learner.states().size(); i++) {
                all.put("state " + i, learner.states().get(i).toDoubles());
            }
            return all;
        }

        @Override
        public void close() {
            trial.close();
        }
    }

    private static void assertSame(Map<String, double[]> actual, Map<String, double[]> expected) {
        assertThat(actual.keySet()).isEqualTo(expected.keySet());
        expected.forEach((name, values) -> assertThat(actual.get(name)).as(name).containsExactly(values));
    }

    @ParameterizedTest
    @MethodSource("methods")
    void aRunThatGoesOnFromAFileEndsWithTheBitsOfOneThatNeverStopped(RecurrentMethod method, @TempDir Path directory)
            throws IOException {
        Path file = directory.resolve("state");
        try (Training whole = new Training(method);
                Training first = new Training(method);
                Training second = new Training(method)) {
            whole.steps(11);
            first.steps(5);
            first.state.save(file, Progress.at(first.done));
            second.steps(2);
            second.done = second.state.load(file).step();
            second.steps(6);
            assertSame(second.everything(), whole.everything());
        }
    }

    @ParameterizedTest
    @MethodSource("methods")
    void twoRunsAreEqualBitForBit(RecurrentMethod method) {
        try (Training one = new Training(method);
                Training other = new Training(method)) {
            one.steps(7);
            other.steps(7);
            assertSame(one.everything(), other.everything());
        }
    }

    @ParameterizedTest
    @MethodSource("methods")
    void bytesAreAtTheirBaseBehindEachWindowAndDoNotGrowWithTheSequence(RecurrentMethod method) {
        try (Sequences trial = new Sequences(Layer.LSTM, DType.FLOAT, 4, 3, 2)) {
            RecurrentLearner learner = trial.learner(method);
            long base = trial.engine.ledger().liveBytes();
            long peak = 0;
            for (int window = 0; window < 40; window++) {
                try (TensorScope scope = trial.root.child();
                        WindowStep step = trial.step(learner, scope, window, trial.none())) {
                    assertThat(step.loss()).isPositive();
                }
                assertThat(trial.engine.ledger().liveBytes()).isEqualTo(base);
                if (window == 3) {
                    peak = trial.engine.ledger().peakBytes();
                }
            }
            assertThat(trial.engine.ledger().peakBytes()).isEqualTo(peak);
        }
    }

    @ParameterizedTest
    @MethodSource("methods")
    void aBatchGivenTwiceOverLeavesGradientsAsTheyAre(RecurrentMethod method) {
        List<Map<String, double[]>> seen = new ArrayList<>();
        for (int copies = 1; copies <= 2; copies++) {
            int times = copies;
            try (Sequences trial = new Sequences(Layer.LSTM, DType.DOUBLE, 4, 2 * copies, 2)) {
                RecurrentLearner learner = trial.learner(method);
                Sequences.randomize(learner.parameters(), 0.5);
                Map<String, double[]> total = Map.of();
                for (int window = 0; window < WINDOWS; window++) {
                    int number = window;
                    try (TensorScope scope = trial.root.child();
                            WindowStep step =
                                    learner.step(scope, 0, trial.none(), entry -> trial.unroll(entry, number, times))) {
                        total = Sequences.sum(total, Sequences.values(trial.parameters(), step.gradients()));
                        for (int i = 0; i < learner.parameters().size(); i++) {
                            double[] own =
                                    Sequences.of(step, learner.parameters().get(i));
                            total = Sequences.sum(total, own == null ? Map.of() : Map.of("own " + i, own));
                        }
                    }
                }
                seen.add(total);
            }
        }
        assertThat(seen.get(1).keySet()).isEqualTo(seen.get(0).keySet());
        seen.get(0)
                .forEach((name, values) ->
                        assertThat(seen.get(1).get(name)).as(name).containsExactly(values, Offset.offset(1e-12)));
    }

    @Test
    void afterResetEverythingBeginsAnew() {
        try (Sequences trial = new Sequences(Layer.GRU, DType.DOUBLE, 4, 3, 2)) {
            RecurrentLearner learner = trial.learner(RecurrentMethod.bpLambda(1));
            Sequences.randomize(learner.parameters(), 0.5);
            List<Map<String, double[]>> seen = new ArrayList<>();
            for (int run = 0; run < 2; run++) {
                for (int window = 0; window < 2; window++) {
                    try (TensorScope scope = trial.root.child();
                            WindowStep step = trial.step(learner, scope, window, trial.none())) {
                        seen.add(Sequences.values(
                                learner.modules().get("predictor").parameters(), step.ofPredictor()));
                    }
                }
                learner.reset();
                assertThat(learner.states().get(0).toDoubles()).containsOnly(0.0);
            }
            assertSame(seen.get(2), seen.get(0));
            assertSame(seen.get(3), seen.get(1));
        }
    }

    @Test
    void whatCannotBeRightIsRefused() {
        try (Sequences trial = new Sequences(Layer.LSTM, DType.FLOAT, 4, 3, 2);
                TensorScope scope = trial.root.child()) {
            RecurrentLearner learner = trial.learner(RecurrentMethod.dni());
            assertThatThrownBy(() -> trial.step(learner, scope, 0, true, false))
                    .hasMessage("dni: 2 examples that end or do not, for a batch of 3");
            assertThatThrownBy(() -> learner.step(scope, 0, trial.none(), entry -> {
                        Unrolled unrolled = trial.unroll(entry, 0);
                        return new Unrolled(unrolled.loss(), unrolled.results().subList(0, 2));
                    }))
                    .hasMessageContaining(
                            "dni: the exit's states are [FLOAT[1, 3, 4]], the entry's 2 of FLOAT[1, 3, 4];");
            Lstm constant =
                    new Lstm(trial.factory, Sequences.INPUTS, 4, RecurrentSettings.ONE_LAYER.withConstantStates());
            assertThatThrownBy(() -> learner.step(scope, 0, trial.none(), entry -> {
                        Tensor x = trial.values(scope, 1, Sequences.INPUTS, 1);
                        return new Unrolled(
                                trial.unroll(entry, 0).loss(),
                                constant.call(entry.with(entry.tape().constant(x))));
                    }))
                    .hasMessageContaining("dni: state 1 at the exit of the window is a constant");
            assertThatThrownBy(() -> trial.learner(RecurrentMethod.bptt(), new LinearPredictor(trial.factory, 8)))
                    .hasMessageContaining("bptt: predicts nothing");
            assertThatThrownBy(() -> trial.learner(RecurrentMethod.dni(), new LinearPredictor(trial.factory, 8, 2)))
                    .hasMessageContaining("dni: takes a predictor without labels");
            assertThatThrownBy(
                            () -> trial.learner(RecurrentMethod.bpLambda(1), new StatePredictor(trial.factory, 8, 4)))
                    .hasMessageContaining("bp-lambda: traces are of a LinearPredictor");
            assertThatThrownBy(() -> RecurrentMethod.bpLambda(1.5))
                    .hasMessage("bp-lambda: decay of traces 1.5 is not within 0 and 1");
            assertThatThrownBy(() -> RecurrentMethod.named("rtrl"))
                    .hasMessage("unknown method 'rtrl': choose bptt, dni, dni-aux, bp-lambda");
        }
    }
}
