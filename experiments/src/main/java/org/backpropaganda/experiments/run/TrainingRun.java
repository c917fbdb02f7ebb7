package org.backpropaganda.experiments.run;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.backpropaganda.autograd.graph.Gradients;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.op.SoftmaxCrossEntropy;
import org.backpropaganda.autograd.optim.LearningRateSchedule;
import org.backpropaganda.autograd.optim.Optimizer;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.autograd.tensor.MemoryKind;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.backpropaganda.experiments.data.Batch;
import org.backpropaganda.experiments.data.Dataset;
import org.backpropaganda.experiments.model.Model;
import org.backpropaganda.experiments.model.Strategy;
import org.jspecify.annotations.Nullable;

/** Trains one model under one strategy, and measures. */
public final class TrainingRun implements AutoCloseable {
    private final RunConfig config;
    private final Strategy strategy;
    private final TrainingData data;
    private final Engine engine;
    private final TensorScope root;
    private final Model model;
    private final Optimizer optimizer;
    private final List<Optimizer> predictorOptimizer = new ArrayList<>();
    private final Measurements measurements;
    private final Timeline timeline = new Timeline();

    /** Told after each step how many of how many are done. */
    @FunctionalInterface
    public interface Progress {
        void step(int done, int of);
    }

    /** Opens the data and makes the model. */
    public TrainingRun(RunConfig config, Strategy strategy) {
        this.config = config;
        this.strategy = strategy;
        this.data = TrainingData.open(config);
        this.engine = Engine.builder().threads(config.threads()).build();
        this.root = engine.scope("");
        this.model = Model.create(data.spec(), strategy, root, config.seed());
        this.optimizer = Optimizers.model(config, List.copyOf(model.parameters().values()), root);
        if (!model.predictorParameters().isEmpty()) {
            predictorOptimizer.add(Optimizers.predictors(model.predictorParameters(), root));
        }
        this.measurements = new Measurements(engine, model);
    }

    /** Live bytes of one step, event by event; there after {@link #train}. */
    public Timeline timeline() {
        return timeline;
    }

    /**
     * Trains to the end.
     *
     * @param firstBatch where to write gradients and signs of the first batch
     */
    public void train(Path firstBatch, Progress progress) throws IOException {
        int steps = data.steps();
        LearningRateSchedule schedule = Optimizers.schedule(config, steps);
        measurements.begin();
        for (int i = 0; i < steps; i++) {
            optimizer.setLearningRate(config.lr() * schedule.multiplier(i));
            Batch batch = data.batch(i);
            if (i == 0) {
                model.taps().signs().start();
            }
            boolean traced = i == Math.min(1, steps - 1);
            engine.ledger().listen(traced ? timeline : null);
            measurements.beginStep(i);
            step(i, batch, firstBatch);
            measurements.endStep(i, traced && steps > 2);
            engine.ledger().listen(null);
            progress.step(i + 1, steps);
        }
        measurements.end();
    }

    private void step(int number, Batch batch, Path firstBatch) throws IOException {
        long seed = config.seed() * 1_000_003L + number;
        try (TensorScope scope = root.child();
                Tape tape = Tape.training(scope, seed)) {
            Variable images = tape.constant(images(scope, batch));
            Variable labels = tape.constant(labels(scope, batch));
            Variable logits = model.logits(images, labels);
            Variable loss = SoftmaxCrossEntropy.crossEntropy(logits, labels);
            logits.release();
            measurements.afterLoss(loss.value().item());
            try (Gradients gradients = tape.backward(loss)) {
                measurements.afterBackward();
                if (number == 0) {
                    FirstBatchFile.write(
                            firstBatch,
                            model.parameters(),
                            gradients,
                            model.taps().signs().stop());
                }
                optimizer.step(gradients);
                predictorOptimizer.forEach(o -> o.step(gradients));
            }
        }
    }

    private Tensor images(TensorScope scope, Batch batch) {
        Dataset train = data.train();
        Shape shape = Shape.of(batch.size(), train.height(), train.width(), train.channels());
        Tensor tensor = scope.allocate(shape, data.spec().dtype(), MemoryKind.INPUT);
        return tensor.set(0, batch.images(), 0, batch.images().length);
    }

    private static Tensor labels(TensorScope scope, Batch batch) {
        return scope.allocate(Shape.of(batch.size()), DType.INT, MemoryKind.INPUT)
                .set(batch.labels());
    }

    /** The share of test images whose largest logit is their class's. */
    private double testAccuracy() {
        long right = 0;
        long all = 0;
        for (Batch batch : data.testBatches()) {
            try (TensorScope scope = root.child();
                    Tape tape = Tape.inference(scope)) {
                Variable images = tape.constant(images(scope, batch));
                Variable logits = model.logits(images, tape.constant(labels(scope, batch)));
                double[] values = logits.value().toDoubles();
                int classes = values.length / batch.size();
                for (int b = 0; b < batch.size(); b++) {
                    int best = 0;
                    for (int c = 1; c < classes; c++) {
                        best = values[b * classes + c] > values[b * classes + best] ? c : best;
                    }
                    right += best == batch.labels()[b] ? 1 : 0;
                    all++;
                }
            }
        }
        return (double) right / all;
    }

    /**
     * What the run measured; evaluates on the test set.
     *
     * @param fidelity against plain backpropagation, or null where that could not be run
     */
    public RunResult result(RunResult.@Nullable GradientFidelity fidelity) {
        return measurements.result(config, strategy, predictorStateBytes(), fidelity, testAccuracy());
    }

    /** Compares the first batch's gradients with those of plain backpropagation. */
    public static RunResult.GradientFidelity fidelity(Path firstBatch, Path reference) throws IOException {
        return FirstBatchFile.compare(firstBatch, reference);
    }

    private long predictorStateBytes() {
        long parameters = model.predictorParameters().stream()
                .mapToLong(p -> p.value().bytes())
                .sum();
        return 2 * parameters
                + predictorOptimizer.stream().mapToLong(Optimizer::stateBytes).sum();
    }

    @Override
    public void close() {
        root.close();
        engine.close();
    }
}
