package org.backpropaganda.experiments.fit;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.assertj.core.data.Percentage;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.op.SoftmaxCrossEntropy;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.autograd.tensor.MemoryKind;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.backpropaganda.experiments.model.Model;
import org.backpropaganda.experiments.model.ModelSpec;
import org.backpropaganda.experiments.model.Strategy;
import org.backpropaganda.experiments.run.RunConfig;
import org.backpropaganda.experiments.run.TrainingData;
import org.backpropaganda.synthetic.DecoupledSequence;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Peaks of modules that learn one after another from predicted gradients, beside what the parts hold by themselves: a module's
 * saved tensors are gone when the next one runs, and a predictor is asked again when its target is there.
 */
class DecoupledPeaksTest {
    private static final int BATCH = 256;
    private static final int WIDTH = 1024;

    private static RunConfig config(String model, int depth, int width, int modules) {
        return new RunConfig(
                new RunConfig.Shape(model, depth, width, 1, modules),
                new RunConfig.Passes(BATCH, 2, 0, 1),
                new RunConfig.Descent("sgd", 0.02, 0, "constant"),
                new RunConfig.Source("synthetic", null, false),
                new RunConfig.Machine(1, "float"));
    }

    private static long peak(RunConfig config, String strategy) {
        return LearnerBytes.of(config, TrainingData.specOf(config), config.strategy(strategy))
                .peakActivationBytes();
    }

    /**
     * What modules and predictors save by themselves, their inputs apart.
     *
     * @param ofModules A, by the number of the module
     * @param ofPredictors S, by the number of the boundary
     */
    private record Saved(List<Long> ofModules, List<Long> ofPredictors) {
        static Saved of(RunConfig config) {
            ModelSpec spec = TrainingData.specOf(config);
            Saved saved = new Saved(new ArrayList<>(), new ArrayList<>());
            try (Engine engine = Engine.withoutMemory();
                    TensorScope root = engine.scope("")) {
                Model model = Model.create(spec, Strategy.parse("cdni"), root, 1);
                DecoupledSequence sequence = (DecoupledSequence) model.module();
                Tensor images = root.allocate(
                        Shape.of(BATCH, spec.height(), spec.columns(), spec.channels()), DType.FLOAT, MemoryKind.INPUT);
                Tensor boundary = root.allocate(Shape.of(BATCH, WIDTH), DType.FLOAT, MemoryKind.INPUT);
                Tensor labels = root.allocate(Shape.of(BATCH), DType.INT, MemoryKind.INPUT);
                int count = sequence.modules().size();
                for (int k = 0; k < count; k++) {
                    Tensor input = k == 0 ? images : boundary;
                    saved.ofModules.add(
                            bytes(root, sequence.modules().get(k), List.of(input), k == count - 1 ? labels : null));
                }
                sequence.predictors()
                        .forEach(each -> saved.ofPredictors.add(bytes(root, each, List.of(boundary, labels), null)));
            }
            return saved;
        }

        /** Behind the loss, if there are labels for one. */
        private static long bytes(TensorScope root, Module module, List<Tensor> inputs, Tensor labels) {
            try (TensorScope scope = root.child();
                    Tape tape = Tape.builder(scope).seed(1).build()) {
                Variable result = module.call(inputs.stream()
                                .map(tensor -> tensor.dtype() == DType.INT ? tape.constant(tensor) : tape.leaf(tensor))
                                .toList())
                        .get(0);
                if (labels != null) {
                    assertThat(SoftmaxCrossEntropy.crossEntropy(result, tape.constant(labels))
                                    .isAlive())
                            .isTrue();
                }
                return root.engine().ledger().liveBytes(MemoryKind.ACTIVATION);
            }
        }
    }

    /** max over k of max(A_k + h, S_k + 2h), where the first module has no boundary in front of it. */
    private static long expected(Saved saved) {
        long h = 4L * BATCH * WIDTH;
        long most = 0;
        for (int k = 0; k < saved.ofModules.size(); k++) {
            most = Math.max(most, saved.ofModules.get(k) + (k == 0 ? 0 : h));
        }
        for (long ofPredictor : saved.ofPredictors) {
            most = Math.max(most, ofPredictor + 2 * h);
        }
        return most;
    }

    @ParameterizedTest
    @CsvSource({"1", "2", "4", "8"})
    void thePeakIsThatOfOneModuleAndItsBoundary(int modules) {
        RunConfig config = config("mlp", 32, WIDTH, modules);
        long peak = peak(config, "cdni");
        long plain = peak(config, "plain");
        assertThat(peak).isCloseTo(expected(Saved.of(config)), Percentage.withPercentage(2));
        assertThat((double) peak / plain).isLessThan(1.0 / modules + 0.03);
    }

    /** Inside a module that reconstructs its inputs, depth costs nothing. */
    @Test
    void reversibleModulesHoldTheSameAtAnyDepth() {
        long shallow = peak(config("chain", 8, 64, 2), "reversible+cdni");
        assertThat(peak(config("chain", 32, 64, 2), "reversible+cdni")).isEqualTo(shallow);
        assertThat(peak(config("chain", 8, 64, 2), "cdni")).isGreaterThan(shallow);
        assertThat(peak(config("chain", 32, 64, 2), "cdni")).isGreaterThan(3 * peak(config("chain", 8, 64, 2), "cdni"));
    }
}
