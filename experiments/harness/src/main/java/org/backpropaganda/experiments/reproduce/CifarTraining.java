package org.backpropaganda.experiments.reproduce;

import java.util.List;
import org.backpropaganda.autograd.graph.Gradients;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.nn.ParameterFactory;
import org.backpropaganda.autograd.op.SoftmaxCrossEntropy;
import org.backpropaganda.autograd.optim.Sgd;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.autograd.tensor.MemoryKind;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.backpropaganda.experiments.data.Batch;
import org.backpropaganda.experiments.data.Batches;
import org.backpropaganda.experiments.data.DataSplit;
import org.backpropaganda.experiments.data.Dataset;
import org.backpropaganda.experiments.data.Datasets;
import org.backpropaganda.experiments.data.Epoch;
import org.backpropaganda.experiments.data.Normalization;

/**
 * Trains a network on images of CIFAR-10 as memcnn does: batches of 100 with crops and mirror images, SGD with momentum 0.9, weight decay
 * 2e-4, learning rate 0.1 that falls to a tenth after a half and again after three quarters of the steps.
 */
final class CifarTraining {
    private static final int BATCH = 100;
    private static final double RATE = 0.1;

    private CifarTraining() {}

    /** Told how far a run is. */
    @FunctionalInterface
    interface Progress {
        void at(int step, int of);
    }

    /** The share of test images whose largest logit is their class's, in [0, 1]. */
    static double accuracy(
            PreactivatedNetwork network, Reproduction.Training training, long seed, Progress progress) {
        DataSplit split = Datasets.open(training.data(), training.directory(), seed);
        Dataset train = split.train();
        Normalization normalization = Normalization.of(train);
        Batches batches = Batches.of(train, BATCH)
                .normalize(normalization)
                .augment(Datasets.find(training.data()).augmentation())
                .dropLast();
        try (Engine engine = Engine.builder().threads(training.threads()).build();
                TensorScope root = engine.scope("")) {
            Module model = network.build(
                    new ParameterFactory(root, DType.FLOAT, seed),
                    train.channels(),
                    train.classNames().size());
            Sgd optimizer = Sgd.builder(RATE)
                    .momentum(0.9)
                    .weightDecay(2e-4)
                    .build(List.copyOf(model.parameters().values()), root);
            Epoch epoch = batches.epoch(seed, 0);
            for (int step = 0; step < training.steps(); step++) {
                int within = step % epoch.size();
                if (step > 0 && within == 0) {
                    epoch = batches.epoch(seed, step / epoch.size());
                }
                optimizer.setLearningRate(rate(step, training.steps()));
                step(model, optimizer, root, train, epoch.batch(within), seed * 1_000_003L + step);
                progress.at(step + 1, training.steps());
            }
            return tested(model, root, split.test(), Batches.of(split.test(), BATCH).normalize(normalization).inOrder());
        }
    }

    private static double rate(int step, int steps) {
        return step < steps / 2 ? RATE : step < 3L * steps / 4 ? RATE / 10 : RATE / 100;
    }

    private static void step(Module model, Sgd optimizer, TensorScope root, Dataset data, Batch batch, long seed) {
        try (TensorScope scope = root.child();
                Tape tape = Tape.training(scope, seed)) {
            Variable logits = model.call(images(tape, scope, batch, data));
            Tensor labels = scope.allocate(Shape.of(batch.size()), DType.INT, MemoryKind.INPUT)
                    .set(batch.labels());
            Variable loss = SoftmaxCrossEntropy.crossEntropy(logits, tape.constant(labels));
            try (Gradients gradients = tape.backward(loss)) {
                optimizer.step(gradients);
            }
        }
    }

    private static Variable images(Tape tape, TensorScope scope, Batch batch, Dataset data) {
        Shape shape = Shape.of(batch.size(), data.height(), data.width(), data.channels());
        return tape.constant(scope.allocate(shape, DType.FLOAT, MemoryKind.INPUT)
                .set(0, batch.images(), 0, batch.images().length));
    }

    private static double tested(Module model, TensorScope root, Dataset data, Epoch test) {
        long right = 0;
        long all = 0;
        for (Batch batch : test) {
            try (TensorScope scope = root.child();
                    Tape tape = Tape.inference(scope)) {
                double[] logits = model.call(images(tape, scope, batch, data)).value().toDoubles();
                int classes = logits.length / batch.size();
                for (int b = 0; b < batch.size(); b++) {
                    int best = 0;
                    for (int c = 1; c < classes; c++) {
                        best = logits[b * classes + c] > logits[b * classes + best] ? c : best;
                    }
                    right += best == batch.labels()[b] ? 1 : 0;
                    all++;
                }
            }
        }
        return (double) right / all;
    }
}
