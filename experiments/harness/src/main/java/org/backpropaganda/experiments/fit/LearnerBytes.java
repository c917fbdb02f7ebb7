package org.backpropaganda.experiments.fit;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.backpropaganda.autograd.graph.Gradients;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.op.SoftmaxCrossEntropy;
import org.backpropaganda.autograd.optim.Optimizer;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.autograd.tensor.MemoryKind;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.backpropaganda.experiments.model.Model;
import org.backpropaganda.experiments.model.ModelSavings;
import org.backpropaganda.experiments.model.ModelSpec;
import org.backpropaganda.experiments.model.Strategy;
import org.backpropaganda.experiments.run.Optimizers;
import org.backpropaganda.experiments.run.RunConfig;

/**
 * What a training step holds at its peak where learners stand beside the model, as predictors of gradients, from steps that run on
 * shapes alone.
 *
 * @param peakBytes live bytes of all kinds
 * @param peakActivationBytes live activations
 * @param learnerBytes the learners' parameters, gradients and optimizer state; 0 where there are none
 */
public record LearnerBytes(long peakBytes, long peakActivationBytes, long learnerBytes) {
    private static final long MEBIBYTE = 1L << 20;
    private static final int STEPS = 2;

    /** Of a model under a strategy. */
    public static LearnerBytes of(RunConfig config, ModelSpec spec, Strategy strategy) {
        try (Engine engine = Engine.withoutMemory();
                TensorScope root = engine.scope("")) {
            Model model = Model.create(spec, strategy, root, config.seed());
            ModelSavings savings = model.open(root);
            List<Optimizer> optimizers = Optimizers.of(config, model, root);
            for (int step = 0; step < STEPS; step++) {
                if (step == 1) {
                    engine.resetPeaks();
                }
                step(config, spec, model, savings, optimizers, root);
            }
            savings.close();
            long weights = model.predictorParameters().stream()
                    .mapToLong(each -> each.value().bytes())
                    .sum();
            long state = weights == 0
                    ? 0
                    : 2 * weights + optimizers.get(optimizers.size() - 1).stateBytes();
            return new LearnerBytes(
                    engine.ledger().peakBytes(), engine.ledger().peakBytes(MemoryKind.ACTIVATION), state);
        }
    }

    /** A step on shapes, if the engine has no memory. */
    static void step(
            RunConfig config,
            ModelSpec spec,
            Model model,
            ModelSavings savings,
            List<Optimizer> optimizers,
            TensorScope root) {
        try (TensorScope scope = root.child();
                Tape tape = Tape.builder(scope).seed(1).policy(savings.policy()).build()) {
            int images = config.largestMicroBatch();
            Variable labels =
                    tape.constant(scope.child("batch.labels").allocate(Shape.of(images), DType.INT, MemoryKind.INPUT));
            Variable logits = model.logits(
                    tape.constant(scope.child("batch.images")
                            .allocate(
                                    Shape.of(images, spec.height(), spec.columns(), spec.channels()),
                                    spec.dtype(),
                                    MemoryKind.INPUT)),
                    labels);
            Variable loss = SoftmaxCrossEntropy.crossEntropy(logits, labels);
            logits.release();
            try (Gradients gradients = tape.backward(loss)) {
                optimizers.forEach(each -> each.step(gradients));
            }
        }
    }

    /**
     * What to warn of before a run: that a strategy with learners would hold more than plain backpropagation, since the learners are
     * larger than what they free. Less than a mebibyte is not worth a word.
     *
     * @param spec for the run's own images
     * @return a sentence for each such strategy
     */
    public static List<String> warnings(RunConfig config, ModelSpec spec, List<Strategy> strategies) {
        List<String> warnings = new ArrayList<>();
        for (Strategy strategy : strategies) {
            if (!strategy.isPlanned()) {
                warning(config, spec, strategy).ifPresent(warnings::add);
            }
        }
        return warnings;
    }

    private static Optional<String> warning(RunConfig config, ModelSpec spec, Strategy strategy) {
        if (!trainsLearners(spec, strategy)) {
            return Optional.empty();
        }
        LearnerBytes learning = of(config, spec, strategy);
        LearnerBytes plain = of(config, spec, Strategy.PLAIN.told(config.words()));
        return learning.peakBytes - plain.peakBytes < MEBIBYTE
                ? Optional.empty()
                : Optional.of(String.format(
                        Locale.ROOT,
                        "%s will hold %.1f MiB at the peak of a step, more than the %.1f MiB of plain: its learners take %.1f"
                                + " MiB with gradients and optimizer, and activations %.1f MiB where plain's take %.1f; give"
                                + " fewer --modules, or smaller predictors",
                        strategy,
                        mebibytes(learning.peakBytes),
                        mebibytes(plain.peakBytes),
                        mebibytes(learning.learnerBytes),
                        mebibytes(learning.peakActivationBytes),
                        mebibytes(plain.peakActivationBytes)));
    }

    private static double mebibytes(long bytes) {
        return (double) bytes / MEBIBYTE;
    }

    private static boolean trainsLearners(ModelSpec spec, Strategy strategy) {
        try (Engine engine = Engine.withoutMemory()) {
            return !Model.create(spec, strategy, engine.scope(""), 1)
                    .predictorParameters()
                    .isEmpty();
        }
    }
}
