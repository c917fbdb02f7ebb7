package org.backpropaganda.experiments.run;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import org.backpropaganda.autograd.graph.Gradients;
import org.backpropaganda.autograd.optim.Optimizer;
import org.backpropaganda.experiments.coupling.CouplingKind;
import org.backpropaganda.experiments.data.Batch;
import org.backpropaganda.experiments.model.Model;
import org.backpropaganda.experiments.model.Strategy;
import org.backpropaganda.experiments.peak.Peak;
import org.backpropaganda.experiments.peak.StepLog;
import org.jspecify.annotations.Nullable;

/** Trains one model under one strategy, and measures. */
public final class TrainingRun implements AutoCloseable {
    private final RunConfig config;
    private final Strategy strategy;
    private final Trainee trainee;
    private final Measurements measurements;
    private final Timeline timeline = new Timeline();
    private final StepLog log = new StepLog();
    private final List<ProbePoint> probe = new ArrayList<>();
    private @Nullable ThreadedRun threads;

    /** Told after each step how many of how many are done. */
    @FunctionalInterface
    public interface Progress {
        void step(int done, int of);
    }

    /** Makes the model for data of the same configuration. */
    public TrainingRun(RunConfig config, Strategy strategy, TrainingData data) {
        this.config = config;
        this.strategy = strategy;
        this.trainee = new Trainee(config, strategy, data);
        this.measurements = new Measurements(
                trainee.engine(),
                trainee.model(),
                data.spec().coupling().map(CouplingKind::name).orElse(null));
    }

    /** Live bytes of one step, event by event; there after {@link #train}, and empty where steps overlap. */
    public Timeline timeline() {
        return timeline;
    }

    /** All that happened to memory in that step; there after {@link #train}, and empty where steps overlap. */
    public StepLog log() {
        return log;
    }

    /**
     * Trains to the end.
     *
     * @param firstBatch where to write gradients and signs of the first batch
     */
    public void train(Path firstBatch, Progress progress) throws IOException {
        int steps = trainee.steps();
        measurements.begin();
        if (config.isThreaded(strategy)) {
            trainee.model().taps().signs().start();
            trainee.firstGradients(new Measuring(firstBatch));
            measurements.beginStep(0);
            threads = ThreadedRun.of(trainee, measurements, progress);
            measurements.end();
            return;
        }
        for (int i = 0; i < steps; i++) {
            Batch batch = trainee.prepare(i);
            if (trainee.probes(i)) {
                measurements.pause();
                probe.addAll(trainee.probe(i, batch));
                measurements.goOn();
            }
            if (i == 0) {
                trainee.model().taps().signs().start();
            }
            boolean traced = i == Math.min(1, steps - 1);
            if (traced) {
                trace(true);
            }
            measurements.beginStep(i);
            trainee.step(i, batch, new Measuring(i == 0 ? firstBatch : null));
            long stepBytes = trainee.engine().ledger().peakBytes();
            measurements.endStep(i, traced && steps > 2);
            if (traced) {
                trace(false);
                measurements.peak(Peak.of(log), stepBytes);
            }
            progress.step(i + 1, steps);
        }
        measurements.end();
    }

    /** Begins or ends to look at everything that is allocated. */
    private void trace(boolean on) {
        trainee.engine().ledger().listen(on ? timeline : null);
        trainee.engine().watch(on ? log : null);
        if (on) {
            log.beginStep();
        }
    }

    private final class Measuring implements Trainee.Watcher {
        private final @Nullable Path firstBatch;

        Measuring(@Nullable Path firstBatch) {
            this.firstBatch = firstBatch;
        }

        @Override
        public void afterLoss(double loss) {
            measurements.afterLoss(loss);
        }

        @Override
        public void afterStep(OptionalDouble loss) {
            loss.ifPresent(measurements::afterLoss);
            measurements.afterBackward();
        }

        @Override
        public void afterDrain(OptionalDouble loss) {
            loss.ifPresent(measurements::loss);
        }

        @Override
        public boolean wantsGradients() {
            return firstBatch != null;
        }

        @Override
        public void gradientsOf(@Nullable Gradients gradients) throws IOException {
            Map<Integer, BitSet> signs = trainee.model().taps().signs().stop();
            if (gradients != null && firstBatch != null) {
                FirstBatchFile.write(firstBatch, trainee.model().parameters(), gradients, signs);
            }
        }

        @Override
        public void afterBackward(Gradients gradients) throws IOException {
            measurements.afterBackward();
            if (firstBatch != null) {
                Model model = trainee.model();
                FirstBatchFile.write(
                        firstBatch,
                        model.parameters(),
                        gradients,
                        model.taps().signs().stop());
            }
        }
    }

    /**
     * What the run measured; evaluates on the test set.
     *
     * @param fidelity against plain backpropagation, or null where that could not be run
     */
    public RunResult result(RunResult.@Nullable GradientFidelity fidelity) {
        return measurements.result(
                config,
                strategy,
                predictorStateBytes(),
                trainee.savings().figures(),
                fidelity,
                List.copyOf(probe),
                threads,
                trainee.testAccuracy());
    }

    /** Compares the first batch's gradients with those of plain backpropagation. */
    public static RunResult.GradientFidelity fidelity(Path firstBatch, Path reference) throws IOException {
        return FirstBatchFile.compare(firstBatch, reference);
    }

    private long predictorStateBytes() {
        long parameters = trainee.model().predictorParameters().stream()
                .mapToLong(p -> p.value().bytes())
                .sum();
        Optimizer optimizer = trainee.optimizers().get("predictors");
        return 2 * parameters + (optimizer == null ? 0 : optimizer.stateBytes());
    }

    @Override
    public void close() {
        trainee.close();
    }
}
