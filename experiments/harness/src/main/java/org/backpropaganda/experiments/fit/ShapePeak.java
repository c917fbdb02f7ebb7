package org.backpropaganda.experiments.fit;

import java.util.List;
import java.util.Optional;
import org.backpropaganda.autograd.optim.Optimizer;
import org.backpropaganda.autograd.technique.SelfTrained;
import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.autograd.tensor.NoValuesException;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.backpropaganda.experiments.model.Model;
import org.backpropaganda.experiments.model.ModelSavings;
import org.backpropaganda.experiments.model.ModelSpec;
import org.backpropaganda.experiments.model.Strategy;
import org.backpropaganda.experiments.peak.Peak;
import org.backpropaganda.experiments.peak.StepLog;
import org.backpropaganda.experiments.run.Optimizers;
import org.backpropaganda.experiments.run.RunConfig;

/** Who is alive at the peak of a training step, from steps that run on shapes alone: the model, its optimizers and the batch. */
public final class ShapePeak {
    private ShapePeak() {}

    /**
     * The peak of the second step, as a run measures it.
     *
     * @param config whose optimizer and batch are meant
     * @return empty where a model trains by steps of its own, or some of it reads values
     */
    public static Optional<Peak> of(RunConfig config, ModelSpec spec, Strategy strategy) {
        try (Engine engine = Engine.builder()
                        .threads(config.threads())
                        .withoutMemory()
                        .build();
                TensorScope root = engine.scope("")) {
            Model model = Model.create(spec, strategy, root, config.seed());
            if (model.module() instanceof SelfTrained) {
                return Optional.empty();
            }
            StepLog log = new StepLog();
            try (ModelSavings savings = model.open(root)) {
                List<Optimizer> optimizers = Optimizers.of(config, model, root);
                LearnerBytes.step(config, spec, model, savings, optimizers, root);
                engine.watch(log);
                log.beginStep();
                engine.resetPeaks();
                LearnerBytes.step(config, spec, model, savings, optimizers, root);
                engine.watch(null);
            }
            Peak peak = Peak.of(log);
            if (peak.bytes() != engine.ledger().peakBytes()) {
                throw new IllegalStateException("peak: those who were alive hold " + peak.bytes()
                        + " bytes, and the ledger counted " + engine.ledger().peakBytes());
            }
            return Optional.of(peak);
        } catch (NoValuesException e) {
            return Optional.empty();
        }
    }
}
