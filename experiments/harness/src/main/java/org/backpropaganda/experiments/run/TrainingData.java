package org.backpropaganda.experiments.run;

import org.backpropaganda.experiments.UserException;
import org.backpropaganda.experiments.data.Augmentation;
import org.backpropaganda.experiments.data.Batch;
import org.backpropaganda.experiments.data.Batches;
import org.backpropaganda.experiments.data.DataSplit;
import org.backpropaganda.experiments.data.Dataset;
import org.backpropaganda.experiments.data.Datasets;
import org.backpropaganda.experiments.data.Epoch;
import org.backpropaganda.experiments.data.Normalization;
import org.backpropaganda.experiments.model.ModelSpec;

/** The batches of a run: the same for every strategy. */
public final class TrainingData {
    private static final int TEST_BATCH = 100;

    private final RunConfig config;
    private final DataSplit split;
    private final Batches batches;
    private final Batches testBatches;
    private int epochNumber = -1;
    private Epoch epoch;

    private TrainingData(RunConfig config, DataSplit split) {
        this.config = config;
        this.split = split;
        Dataset train = split.train();
        if (config.batch() > train.size()) {
            throw new UserException("batch " + config.batch() + " is more than the " + train.size()
                    + " training images of " + train.name());
        }
        int testBatch = (int) Math.min(TEST_BATCH, Math.max(1, room(train)));
        if (config.batch() > room(train)) {
            throw new UserException("batch " + config.batch() + " of images of " + train.valuesPerImage()
                    + " values does not fit into the Java heap, which has room for " + room(train)
                    + " of them; choose a smaller --batch, or smaller images");
        }
        Normalization normalization = Normalization.of(train);
        Batches normalised =
                Batches.of(train, config.batch()).normalize(normalization).dropLast();
        this.batches = config.augment() ? normalised.augment(augmentation()) : normalised;
        this.testBatches = Batches.of(split.test(), testBatch).normalize(normalization);
        this.epoch = batches.epoch(config.seed(), 0);
    }

    /** How many images a batch may have: an eighth of the heap, and no more values than an array. */
    private static long room(Dataset data) {
        long values = Math.min(Integer.MAX_VALUE, Runtime.getRuntime().maxMemory() / 8 / Float.BYTES);
        return values / data.valuesPerImage();
    }

    /** Opens the data set of a configuration. */
    public static TrainingData open(RunConfig config) {
        return new TrainingData(config, Datasets.open(config.data(), config.dataPath(), config.seed()));
    }

    /** The model for the images of a configuration. Data sets whose shape is known are not opened. */
    public static ModelSpec specOf(RunConfig config) {
        return switch (config.data()) {
            case "synthetic", "cifar10" -> config.specWithoutData();
            case "mnist" -> config.spec(28, 28, 1, 10);
            default -> specOf(config, Datasets.open(config.data(), config.dataPath(), config.seed()));
        };
    }

    private static ModelSpec specOf(RunConfig config, DataSplit split) {
        Dataset train = split.train();
        return config.spec(train.height(), train.width(), train.channels(), train.classes());
    }

    /** Checks that the model fits the images and that the optimizer and schedule exist. */
    public void check() {
        spec();
        steps();
        Optimizers.check(config);
    }

    /** Digits do not survive a mirror. */
    private Augmentation augmentation() {
        return config.data().equals("mnist") ? new Augmentation(4, false) : Augmentation.standard();
    }

    /** The training set. */
    public Dataset train() {
        return split.train();
    }

    /** The model for these images. */
    public ModelSpec spec() {
        return specOf(config, split);
    }

    /** How many steps the run makes. */
    public int steps() {
        if (!config.trainsByEpochs()) {
            return config.steps();
        }
        if (config.epochs() > Integer.MAX_VALUE / epoch.size()) {
            throw new UserException(
                    "epochs " + config.epochs() + " of " + epoch.size() + " steps are more than 2^31 steps");
        }
        return config.epochs() * epoch.size();
    }

    /** The batch of a step; steps are asked for in order. */
    Batch batch(int step) {
        int wanted = step / epoch.size();
        if (wanted != epochNumber) {
            epoch = batches.epoch(config.seed(), wanted);
            epochNumber = wanted;
        }
        return epoch.batch(step % epoch.size());
    }

    /** The test set in order. */
    Epoch testBatches() {
        return testBatches.inOrder();
    }
}
