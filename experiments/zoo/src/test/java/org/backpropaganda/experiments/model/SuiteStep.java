package org.backpropaganda.experiments.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SplittableRandom;
import org.backpropaganda.autograd.graph.Gradients;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.op.SoftmaxCrossEntropy;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.autograd.tensor.MemoryKind;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;

/** A training step of a model of the suite under a strategy, and what it shows. */
final class SuiteStep {
    static final int BATCH = 4;
    static final int SIDE = 8;
    static final int DEPTH = 4;

    record Step(
            double loss,
            Map<String, double[]> gradients,
            Map<String, double[]> buffers,
            double evaluations,
            long savedBytes,
            long peakBytes,
            long totalPeakBytes,
            int abnPairs,
            Map<String, Object> savings) {}

    static ModelSpec spec(String kind, int depth, int modules, DType dtype) {
        return new ModelSpec(
                kind, new ModelSpec.Size(depth, 8), modules, new ModelSpec.Images(SIDE, SIDE, 3, 10), dtype);
    }

    static Step step(ModelSpec spec, String strategy) {
        return step(spec, Strategy.parse(strategy));
    }

    static Step step(ModelSpec spec, Strategy strategy) {
        try (Engine engine = Engine.builder()
                        .threads(2)
                        .memoryBudgetBytes(strategy.memoryBudgetBytes())
                        .build();
                TensorScope root = engine.scope("")) {
            Model model = Model.create(spec, strategy, root, 3);
            ModelSavings savings = model.open(root);
            long base = engine.ledger().liveBytes();
            engine.resetPeaks();
            Map<String, double[]> gradients = new LinkedHashMap<>();
            double lossValue;
            long saved;
            double evaluations;
            try (TensorScope scope = root.child();
                    Tape tape = Tape.builder(scope)
                            .seed(11)
                            .policy(savings.policy())
                            .build()) {
                Variable labels = tape.constant(scope.allocate(Shape.of(BATCH), DType.INT, MemoryKind.INPUT)
                        .set(new int[] {1, 7, 3, 1}));
                Variable logits = model.logits(tape.constant(images(scope, spec.dtype())), labels);
                Variable loss = SoftmaxCrossEntropy.crossEntropy(logits, labels);
                lossValue = loss.value().item();
                saved = engine.ledger().liveBytes(MemoryKind.ACTIVATION);
                try (Gradients result = tape.backward(loss)) {
                    assertThat(engine.ledger().liveBytes(MemoryKind.ACTIVATION)).isZero();
                    model.parameters().forEach((name, parameter) -> {
                        Tensor gradient = result.of(parameter);
                        gradients.put(name, gradient == null ? new double[0] : gradient.toDoubles());
                    });
                }
                evaluations = model.blockEvaluations(model.taps().evaluations().get());
            }
            assertThat(engine.ledger().liveBytes()).isEqualTo(base);
            Map<String, Object> figures = savings.figures();
            savings.close();
            Map<String, double[]> buffers = new LinkedHashMap<>();
            model.buffers().forEach((name, buffer) -> buffers.put(name, buffer.toDoubles()));
            long peak = engine.ledger().peakBytes(MemoryKind.ACTIVATION);
            return new Step(
                    lossValue,
                    gradients,
                    buffers,
                    evaluations,
                    saved,
                    peak,
                    engine.ledger().peakBytes(),
                    model.abnPairs(),
                    figures);
        }
    }

    /** A checkpoint computes the same bits again, also of what is reconstructed inside it. */
    static void assertCheckpointsChangeNoBit(ModelSpec spec) {
        assertThat(worstRelativeError(step(spec, "checkpoint"), step(spec, "plain")))
                .isZero();
        assertThat(step(spec, "checkpoint+reversible").gradients())
                .usingRecursiveComparison()
                .isEqualTo(step(spec, "reversible").gradients());
    }

    /** A reversible step has the loss of the storing one, its gradients within a bound, and twice its evaluations. */
    static void assertReverses(ModelSpec spec, double bound, double evaluations) {
        Step plain = step(spec, "plain");
        Step reversible = step(spec, "reversible");
        assertThat(reversible.loss()).isEqualTo(plain.loss());
        assertThat(worstRelativeError(reversible, plain)).isLessThanOrEqualTo(bound);
        assertThat(plain.evaluations()).isEqualTo(evaluations);
        assertThat(reversible.evaluations()).isEqualTo(2 * evaluations);
    }

    static Tensor images(TensorScope scope, DType dtype) {
        Tensor tensor = scope.allocate(Shape.of(BATCH, SIDE, SIDE, 3), dtype, MemoryKind.INPUT);
        return tensor.set(
                new SplittableRandom(1).doubles(tensor.elements(), -1, 1).toArray());
    }

    static double worstRelativeError(Step step, Step plain) {
        double worst = 0;
        for (Map.Entry<String, double[]> entry : plain.gradients().entrySet()) {
            double[] g0 = entry.getValue();
            double[] g = step.gradients().get(entry.getKey());
            assertThat(g).as(entry.getKey()).hasSameSizeAs(g0);
            double difference = 0;
            double norm = 0;
            for (int i = 0; i < g0.length; i++) {
                difference += (g[i] - g0[i]) * (g[i] - g0[i]);
                norm += g0[i] * g0[i];
            }
            double error = difference == 0 ? 0 : Math.sqrt(difference / norm);
            worst = Math.max(worst, error);
        }
        return worst;
    }

    private SuiteStep() {}
}
