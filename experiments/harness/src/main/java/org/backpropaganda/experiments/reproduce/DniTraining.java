package org.backpropaganda.experiments.reproduce;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.backpropaganda.autograd.graph.Gradients;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.io.Progress;
import org.backpropaganda.autograd.io.TrainingState;
import org.backpropaganda.autograd.op.SoftmaxCrossEntropy;
import org.backpropaganda.autograd.optim.Adam;
import org.backpropaganda.autograd.optim.Optimizer;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.autograd.tensor.MemoryKind;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.backpropaganda.experiments.UserException;
import org.backpropaganda.experiments.Words;
import org.backpropaganda.experiments.data.Batch;
import org.backpropaganda.experiments.data.Batches;
import org.backpropaganda.experiments.data.DataSplit;
import org.backpropaganda.experiments.data.Dataset;
import org.backpropaganda.experiments.data.Datasets;
import org.backpropaganda.experiments.data.Epoch;
import org.backpropaganda.experiments.data.Normalization;
import org.backpropaganda.experiments.model.Architectures;
import org.backpropaganda.experiments.model.Model;
import org.backpropaganda.experiments.model.ModelSpec;
import org.backpropaganda.experiments.model.Strategy;
import org.jspecify.annotations.Nullable;

/**
 * Trains a network of the publication with ReLU, cut in front of every layer but the first, with the published predictors: batches of 256
 * and Adam.
 *
 * @param model of the zoo
 * @param layers as the model counts them
 * @param strategy {@code plain} or a technique that cuts
 */
record DniTraining(String model, int layers, String strategy, long seed, Reproduction.Training training) {
    private static final int BATCH = 256;
    private static final int TEST_BATCH = 250;
    private static final double RATE = 1e-3;
    private static final int SAVED_EVERY = 50;
    private static final int PUBLISHED_STEPS = 500_000;

    /** Told how far it is. */
    @FunctionalInterface
    interface Watcher {
        void at(int step, int of);
    }

    /**
     * What came of it.
     *
     * @param error the share of test images whose largest logit is not their class's, in [0, 1]
     * @param note how much was trained
     */
    record Outcome(double error, String note) {}

    Outcome run(Watcher watcher) {
        DataSplit split = Datasets.open(training.data(), directory(), seed);
        Dataset train = split.train();
        Batches batches = Batches.of(train, Math.min(BATCH, train.size()))
                .normalize(Normalization.of(train))
                .dropLast();
        Strategy told = Strategy.parse(strategy).told(Map.of("predictor", "paper"));
        try (Engine engine = Engine.builder().threads(training.threads()).build();
                TensorScope root = engine.scope("")) {
            Run run = new Run(root, Model.create(spec(train), told, root, seed), train);
            run.load();
            Epoch epoch = batches.epoch(seed, 0);
            int number = 0;
            for (int step = run.step; step < training.steps(); step++) {
                if (step / epoch.size() != number) {
                    number = step / epoch.size();
                    epoch = batches.epoch(seed, number);
                }
                run.step(epoch.batch(step % epoch.size()));
                if (run.step % SAVED_EVERY == 0 || run.step == training.steps()) {
                    run.save();
                }
                watcher.at(run.step, training.steps());
            }
            Batches test = Batches.of(
                            split.test(), Math.min(TEST_BATCH, split.test().size()))
                    .normalize(Normalization.of(train));
            double epochs = (double) training.steps() / epoch.size();
            return new Outcome(
                    run.error(test.inOrder()),
                    String.format(
                            java.util.Locale.ROOT,
                            "%d steps of %d images, %.1f epochs, where the publication makes %d",
                            training.steps(),
                            Math.min(BATCH, train.size()),
                            epochs,
                            PUBLISHED_STEPS));
        }
    }

    private ModelSpec spec(Dataset train) {
        return new ModelSpec(
                model,
                new ModelSpec.Size(layers, Architectures.find(model).usualWidth()),
                layers,
                new ModelSpec.Images(
                        train.height(),
                        train.width(),
                        train.channels(),
                        train.classNames().size()),
                DType.FLOAT,
                0);
    }

    /** The directory of the data set, or one of that name in it. */
    private @Nullable Path directory() {
        Path given = training.directory();
        if (given == null) {
            return null;
        }
        Path inside = given.resolve(training.data());
        return Files.isDirectory(inside) ? inside : given;
    }

    private double rate(int step) {
        return step < training.steps() * 3L / 5 ? RATE : step < training.steps() * 4L / 5 ? RATE / 10 : RATE / 100;
    }

    private SortedMap<String, String> notes() {
        SortedMap<String, String> notes = new TreeMap<>();
        notes.put("model", model);
        notes.put("layers", Integer.toString(layers));
        notes.put("strategy", strategy);
        notes.put("seed", Long.toString(seed));
        notes.put("data", training.data());
        notes.put("steps", Integer.toString(training.steps()));
        return notes;
    }

    /** A model, its optimizers and its state on disk. */
    private final class Run {
        private final TensorScope root;
        private final Model net;
        private final Dataset data;
        private final Map<String, Optimizer> optimizers = new LinkedHashMap<>();
        private final TrainingState state;
        private int step;

        Run(TensorScope root, Model net, Dataset data) {
            this.root = root;
            this.net = net;
            this.data = data;
            optimizers.put(
                    "main",
                    Adam.builder(RATE).build(List.copyOf(net.parameters().values()), root));
            if (!net.predictorParameters().isEmpty()) {
                optimizers.put("predictors", Adam.builder(RATE).build(net.predictorParameters(), root));
            }
            TrainingState all = TrainingState.of(net.module(), optimizers);
            for (int k = 0; k < net.predictors().size(); k++) {
                all = all.withModule("predictors." + k, net.predictors().get(k));
            }
            state = all;
        }

        private @Nullable Path file() {
            Path states = training.states();
            return states == null
                    ? null
                    : states.resolve(String.join("-", model, Integer.toString(layers), strategy, Long.toString(seed))
                            + ".state");
        }

        void load() {
            Path file = file();
            if (file == null || !Files.exists(file)) {
                return;
            }
            try {
                Map<String, String> stored = TrainingState.peek(file).notes();
                if (!stored.equals(notes())) {
                    throw new UserException(file + " is the state of another run, " + stored + " where this is "
                            + notes() + "; give another --out, or take it away");
                }
                step = Math.toIntExact(state.load(file).step());
            } catch (IOException e) {
                throw new UserException(
                        "cannot read " + file + " (" + Words.reason(e) + "); take it away to begin anew");
            }
        }

        void save() {
            Path file = file();
            if (file == null) {
                return;
            }
            try {
                Files.createDirectories(file.toAbsolutePath().getParent());
                state.save(file, new Progress(step, step, new TreeMap<>(), notes()));
            } catch (IOException e) {
                throw new UserException("cannot write " + file + " (" + Words.reason(e) + "); give another --out");
            }
        }

        void step(Batch batch) {
            optimizers.values().forEach(each -> each.setLearningRate(rate(step)));
            try (TensorScope scope = root.child();
                    Tape tape = Tape.training(scope, seed * 1_000_003L + step)) {
                Variable labels = tape.constant(scope.allocate(Shape.of(batch.size()), DType.INT, MemoryKind.INPUT)
                        .set(batch.labels()));
                Variable logits = net.logits(images(tape, scope, batch), labels);
                Variable loss = SoftmaxCrossEntropy.crossEntropy(logits, labels);
                try (Gradients gradients = tape.backward(loss)) {
                    optimizers.values().forEach(each -> each.step(gradients));
                }
            }
            step++;
        }

        private Variable images(Tape tape, TensorScope scope, Batch batch) {
            Shape shape = Shape.of(batch.size(), data.height(), data.width(), data.channels());
            Tensor images = scope.allocate(shape, DType.FLOAT, MemoryKind.INPUT);
            return tape.constant(images.set(0, batch.images(), 0, batch.images().length));
        }

        double error(Epoch test) {
            long wrong = 0;
            long all = 0;
            for (Batch batch : test) {
                try (TensorScope scope = root.child();
                        Tape tape = Tape.inference(scope)) {
                    double[] logits =
                            net.logits(images(tape, scope, batch)).value().toDoubles();
                    int classes = logits.length / batch.size();
                    for (int b = 0; b < batch.size(); b++) {
                        wrong += largest(logits, b * classes, classes) == batch.labels()[b] ? 0 : 1;
                        all++;
                    }
                }
            }
            return (double) wrong / all;
        }

        private int largest(double[] logits, int from, int classes) {
            int best = 0;
            for (int c = 1; c < classes; c++) {
                best = logits[from + c] > logits[from + best] ? c : best;
            }
            return best;
        }
    }
}
