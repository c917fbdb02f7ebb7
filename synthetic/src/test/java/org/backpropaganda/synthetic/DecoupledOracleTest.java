package org.backpropaganda.synthetic;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.kernel.Window;
import org.backpropaganda.autograd.nn.Activation;
import org.backpropaganda.autograd.nn.BatchNorm;
import org.backpropaganda.autograd.nn.Conv2d;
import org.backpropaganda.autograd.nn.Dropout;
import org.backpropaganda.autograd.nn.Linear;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.nn.Sequential;
import org.backpropaganda.autograd.op.GlobalAvgPool2d;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.synthetic.testing.BoundaryRecorder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DecoupledOracleTest {
    private static final double EXACT = 1e-12;

    /** Two steps of backprop, against one that is recorded and one that is told the gradients. */
    private static void assertBackprop(
            Function<Trial, List<Module>> modules, Function<Module, Module> surroundings, long... input) {
        try (Trial plain = new Trial(DType.DOUBLE);
                Trial trial = new Trial(DType.DOUBLE)) {
            Module expected = surroundings.apply(new Sequential(modules.apply(plain)));
            step(plain, new Unlabelled(expected), input);
            Trial.Step exact = step(plain, new Unlabelled(expected), input);
            List<Module> parts = modules.apply(trial);
            BoundaryRecorder recorder = new BoundaryRecorder(parts, trial.root);
            Trial.Step recorded = step(trial, surroundings.apply(recorder), input);
            Trial.assertClose(recorded.gradients(), exact.gradients(), 0);

            long base = trial.engine.ledger().liveBytes();
            Module decoupled = surroundings.apply(new DecoupledSequence(parts, recorder.oracles()));
            Trial.Step told = step(trial, decoupled, input);
            assertThat(told.loss()).isEqualTo(exact.loss());
            Trial.assertClose(told.gradients(), exact.gradients(), EXACT);
            Trial.assertClose(Trial.buffers(decoupled), Trial.buffers(expected), 0);
            assertThat(trial.engine.ledger().liveBytes()).isEqualTo(base);
        }
    }

    private static Trial.Step step(Trial trial, Module model, long... input) {
        Tensor x = trial.random(trial.root, 1, input);
        Tensor labels = Trial.labels(trial.root, (int) input[0]);
        Trial.Step step = trial.step(model, model.parameters(), x, labels, true);
        x.close();
        labels.close();
        return step;
    }

    /** Takes the labels and leaves them. */
    private static final class Unlabelled extends Module {
        private final Module body;

        Unlabelled(Module body) {
            this.body = register("", body);
        }

        @Override
        protected List<Variable> forward(List<Variable> inputs) {
            return body.call(inputs.subList(0, 1));
        }
    }

    private static List<Module> stateful(Trial trial, int modules) {
        return trial.modules(modules, k -> trial.innerWithState());
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4})
    void everyGradientIsThatOfBackpropagation(int modules) {
        assertBackprop(trial -> stateful(trial, modules), x -> x, Trial.BATCH, Trial.WIDTH);
    }

    @Test
    void alsoWhereTheBatchIsNoPowerOfTwo() {
        assertBackprop(trial -> stateful(trial, 3), x -> x, 7, Trial.WIDTH);
    }

    @Test
    void alsoWithinALargerModel() {
        assertBackprop(
                trial -> stateful(trial, 3),
                sequence -> new Unlabelled(new Sequential(new Dropout(0.2), Activation.tanh(), sequence)),
                Trial.BATCH,
                Trial.WIDTH);
    }

    @Test
    void alsoInAReplay() {
        assertBackprop(trial -> stateful(trial, 3), Recomputed::new, Trial.BATCH, Trial.WIDTH);
        assertBackprop(
                trial -> stateful(trial, 4),
                sequence -> new Recomputed(new Recomputed(sequence)),
                Trial.BATCH,
                Trial.WIDTH);
    }

    @Test
    void alsoWithReplaysInside() {
        assertBackprop(
                trial -> trial.modules(3, k -> new Recomputed(trial.innerWithState())),
                x -> x,
                Trial.BATCH,
                Trial.WIDTH);
    }

    @Test
    void alsoWhereAModuleIsTheIdentity() {
        assertBackprop(
                trial -> trial.modules(4, k -> k == 1 ? new Sequential() : trial.innerWithState()),
                x -> x,
                Trial.BATCH,
                Trial.WIDTH);
    }

    @Test
    void alsoOnImages() {
        assertBackprop(
                trial -> List.of(
                        new Sequential(
                                new Conv2d(trial.factory, 2, 4, Window.square(3, 1, 1), true),
                                new BatchNorm(trial.factory, 4),
                                Activation.relu()),
                        new Sequential(
                                new Conv2d(trial.factory, 4, 4, Window.square(3, 2, 1), true), Activation.tanh()),
                        new Sequential(
                                new Activation(GlobalAvgPool2d::globalAvgPool2d),
                                new Linear(trial.factory, 4, Trial.CLASSES, true))),
                x -> x,
                4,
                6,
                5,
                2);
    }

    @Test
    void alsoNestedInEachOther() {
        try (Trial trial = new Trial(DType.DOUBLE)) {
            List<Module> first = List.of(trial.innerWithState(), trial.innerWithState(), trial.inner());
            Module second = trial.innerWithState();
            List<Module> third = List.of(trial.innerWithState(), trial.head());
            BoundaryRecorder innerFirst = new BoundaryRecorder(first, trial.root);
            BoundaryRecorder innerThird = new BoundaryRecorder(third, trial.root);
            BoundaryRecorder outer = new BoundaryRecorder(List.of(innerFirst, second, innerThird), trial.root);
            Trial.Step exact = trial.step(outer);
            List<Module> parts = List.of(
                    new DecoupledSequence(first, innerFirst.oracles()),
                    second,
                    new DecoupledSequence(third, innerThird.oracles()));
            DecoupledSequence decoupled = new DecoupledSequence(parts, outer.oracles());
            Trial.assertClose(trial.step(decoupled).gradients(), exact.gradients(), EXACT);
            Trial.assertClose(trial.step(new Recomputed(decoupled)).gradients(), exact.gradients(), EXACT);
        }
    }

    @Test
    void evaluationIsAChainThatPlainBackwardGoesThrough() {
        try (Trial trial = new Trial(DType.DOUBLE)) {
            List<Module> parts = stateful(trial, 3);
            Module decoupled = new DecoupledSequence(parts, trial.predictors(3));
            Map<String, double[]> gradients = new LinkedHashMap<>();
            for (Module model : List.of(new Sequential(parts), decoupled)) {
                try (Tape tape = Tape.builder(trial.root).evaluating().build()) {
                    Variable x = tape.leaf(trial.random(trial.root, 1, Trial.BATCH, Trial.WIDTH));
                    Variable y = model.call(x);
                    Tensor ones = trial.root.allocate(y.shape(), y.dtype()).fill(1);
                    tape.backward(List.of(y), List.of(ones)).close();
                    double[] before = gradients.put("x", tape.gradient(x).toDoubles());
                    assertThat(before == null ? gradients.get("x") : before).containsExactly(gradients.get("x"));
                }
            }
        }
    }

    @Test
    void anOracleOfAnotherBatchIsRefused() {
        try (Trial trial = new Trial(DType.DOUBLE)) {
            List<Module> parts = stateful(trial, 2);
            BoundaryRecorder recorder = new BoundaryRecorder(parts, trial.root);
            assertThatThrownBy(recorder::oracles).hasMessageContaining("no gradient came to boundary 0");
            trial.step(recorder);
            Module decoupled = new DecoupledSequence(parts, recorder.oracles());
            assertThatThrownBy(() -> step(trial, decoupled, 4, Trial.WIDTH))
                    .hasMessageContaining("oracle: the boundary is DOUBLE[4, 6], the gradient DOUBLE[8, 6]");
        }
    }
}
