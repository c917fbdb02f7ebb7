package org.backpropaganda.synthetic;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.IntFunction;
import java.util.function.UnaryOperator;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.nn.Linear;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.op.Add;
import org.backpropaganda.autograd.op.Identity;
import org.backpropaganda.autograd.op.SoftmaxCrossEntropy;
import org.backpropaganda.autograd.op.Tanh;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.MemoryKind;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.backpropaganda.synthetic.predictor.GradientPredictor;
import org.backpropaganda.synthetic.predictor.LinearPredictor;
import org.backpropaganda.synthetic.predictor.StreamPredictors;
import org.backpropaganda.synthetic.testing.OraclePredictor;
import org.junit.jupiter.api.Test;

/** Boundaries that two tensors cross, as between couplings. */
class StreamsTest {
    private static final double EXACT = 1e-12;

    /** One tensor to two. */
    private static final class Split extends Module {
        private final Module map;

        Split(Trial trial) {
            map = register("map", new Linear(trial.factory, Trial.WIDTH, Trial.WIDTH, true));
        }

        @Override
        protected List<Variable> forward(List<Variable> inputs) {
            return List.of(Tanh.tanh(map.call(inputs.get(0))), Identity.hold(inputs.get(0)));
        }
    }

    /** (a, b) to (b, a + f(b)). */
    private static final class Coupling extends Module {
        private final Module map;

        Coupling(Trial trial) {
            map = register("map", trial.innerWithState());
        }

        @Override
        protected List<Variable> forward(List<Variable> inputs) {
            Variable b = inputs.get(1);
            return List.of(Identity.hold(b), Add.add(inputs.get(0), map.call(b)));
        }
    }

    /** Logits of the sum. */
    private static final class Join extends Module {
        private final Module map;

        Join(Trial trial) {
            map = register("map", trial.head());
        }

        @Override
        protected List<Variable> forward(List<Variable> inputs) {
            return List.of(map.call(Add.add(Tanh.tanh(inputs.get(0)), inputs.get(1))));
        }
    }

    /** The modules as one. */
    private static final class Whole extends Module {
        private final List<Module> modules;

        Whole(List<Module> modules) {
            this.modules = modules;
            for (int k = 0; k < modules.size(); k++) {
                register(Integer.toString(k), modules.get(k));
            }
        }

        @Override
        protected List<Variable> forward(List<Variable> inputs) {
            List<Variable> h = inputs.subList(0, 1);
            for (Module module : modules) {
                h = module.call(h);
            }
            return h;
        }
    }

    private static List<Module> modules(Trial trial, UnaryOperator<Module> around) {
        return List.of(
                around.apply(new Split(trial)),
                around.apply(new Coupling(trial)),
                around.apply(new Coupling(trial)),
                around.apply(new Join(trial)));
    }

    private static DecoupledSequence sequence(
            List<Module> modules, Mixing mixing, IntFunction<GradientPredictor> predictors) {
        List<BoundaryRule> rules = new ArrayList<>();
        for (int k = 0; k < modules.size() - 1; k++) {
            rules.add(new PredictedGradient(predictors.apply(k)).mixing(mixing));
        }
        return DecoupledSequence.of(modules, rules);
    }

    private static GradientPredictor linear(Trial trial) {
        return new StreamPredictors(List.of(
                new LinearPredictor(trial.factory, Trial.WIDTH, Trial.CLASSES),
                new LinearPredictor(trial.factory, Trial.WIDTH)));
    }

    private static Map<String, double[]> plain() {
        try (Trial trial = new Trial(DType.DOUBLE)) {
            return trial.step(new Whole(modules(trial, x -> x))).gradients();
        }
    }

    @Test
    void oneIsBackpropagationToTheBit() {
        Map<String, double[]> expected = plain();
        for (UnaryOperator<Module> way : List.<UnaryOperator<Module>>of(x -> x, Recomputed::new)) {
            try (Trial trial = new Trial(DType.DOUBLE)) {
                DecoupledSequence mixed = sequence(modules(trial, way), Mixing.constant(1), k -> linear(trial));
                Trial.randomize(mixed.predictorParameterList());
                long base = trial.engine.ledger().liveBytes();
                Trial.assertClose(trial.step(way.apply(mixed)).gradients(), expected, 0);
                assertThat(trial.engine.ledger().liveBytes()).isEqualTo(base);
            }
        }
    }

    /** The modules, with leaves at a boundary. */
    private static final class Tapped extends Module {
        private final List<Module> modules;
        private final int boundary;
        private final List<Variable> leaves = new ArrayList<>();

        Tapped(List<Module> modules, int boundary) {
            this.modules = modules;
            this.boundary = boundary;
            for (int k = 0; k < modules.size(); k++) {
                register(Integer.toString(k), modules.get(k));
            }
        }

        @Override
        protected List<Variable> forward(List<Variable> inputs) {
            Tape tape = inputs.get(0).tape();
            List<Variable> h = inputs.subList(0, 1);
            for (int k = 0; k < modules.size(); k++) {
                h = modules.get(k).call(h);
                if (k == boundary) {
                    leaves.clear();
                    h.forEach(value -> leaves.add(tape.leaf(value.value())));
                    h = List.copyOf(leaves);
                }
            }
            return h;
        }
    }

    @Test
    void oraclesOfBothTensorsAreBackpropagation() {
        Map<String, double[]> expected = plain();
        for (UnaryOperator<Module> way : List.<UnaryOperator<Module>>of(x -> x, Recomputed::new)) {
            try (Trial trial = new Trial(DType.DOUBLE)) {
                List<Module> modules = modules(trial, way);
                List<GradientPredictor> oracles = new ArrayList<>();
                Tensor x = trial.random(trial.root, 1, Trial.BATCH, Trial.WIDTH);
                Tensor labels = Trial.labels(trial.root, Trial.BATCH);
                for (int k = 0; k < 3; k++) {
                    Tapped tapped = new Tapped(modules, k);
                    try (TensorScope scope = trial.root.child();
                            Tape tape = Tape.training(scope, 3)) {
                        Variable y = tape.constant(labels);
                        Variable loss = SoftmaxCrossEntropy.crossEntropy(
                                tapped.call(List.of(tape.constant(x))).get(0), y);
                        tape.backward(loss).close();
                        List<OraclePredictor> both = new ArrayList<>();
                        for (Variable leaf : tapped.leaves) {
                            Tensor gradient = tape.gradient(leaf);
                            both.add(new OraclePredictor(trial.root
                                    .allocate(gradient.shape(), gradient.dtype(), MemoryKind.INPUT)
                                    .copyFrom(gradient)));
                        }
                        oracles.add(new StreamPredictors(both));
                    }
                }
                for (double lambda : new double[] {0, 0.5}) {
                    DecoupledSequence told = sequence(modules, Mixing.constant(lambda), oracles::get)
                            .measuring(true);
                    Trial.Step step = trial.step(way.apply(told));
                    Trial.assertClose(step.gradients(), expected, EXACT);
                    for (int k = 0; k < 3; k++) {
                        assertThat(told.quality(k).relativeError()).isLessThan(EXACT);
                    }
                }
            }
        }
    }

    @Test
    void asManyAsTheRuleIsForAreTaken() {
        try (Trial trial = new Trial(DType.FLOAT)) {
            GradientPredictor three = new StreamPredictors(List.of(
                    new LinearPredictor(trial.factory, Trial.WIDTH),
                    new LinearPredictor(trial.factory, Trial.WIDTH),
                    new LinearPredictor(trial.factory, Trial.WIDTH)));
            DecoupledSequence sequence = DecoupledSequence.of(
                    List.of(new Split(trial), new Join(trial)), List.of(new PredictedGradient(three)));
            assertThatThrownBy(() -> trial.step(sequence))
                    .hasMessage(
                            "decoupled sequence: module 0 returns 2 results, but a boundary carries 3 tensors by its"
                                    + " rule; give one for as many as the module returns");
            assertThatThrownBy(() -> new PredictedGradient(three)
                            .unlocking(new Linear(trial.factory, Trial.WIDTH, Trial.WIDTH, true)))
                    .hasMessageContaining("a predicted input is one tensor, but 3 cross");
        }
    }
}
