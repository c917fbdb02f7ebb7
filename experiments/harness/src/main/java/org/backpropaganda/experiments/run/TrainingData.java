package org.backpropaganda.experiments.run;

import java.io.IOException;
import java.nio.file.Path;
import org.backpropaganda.experiments.UserException;
import org.backpropaganda.experiments.data.Batch;
import org.backpropaganda.experiments.data.Batches;
import org.backpropaganda.experiments.data.DataSource;
import org.backpropaganda.experiments.data.DataSplit;
import org.backpropaganda.experiments.data.Dataset;
import org.backpropaganda.experiments.data.Datasets;
import org.backpropaganda.experiments.data.Epoch;
import org.backpropaganda.experiments.data.Normalization;
import org.backpropaganda.experiments.data.SplitFile;
import org.backpropaganda.experiments.model.ModelSpec;

/** The batches of a run: the same for every strategy. */
public final class TrainingData {
    private static final int TEST_BATCH = 100;

    private final RunConfig config;
    private final SplitFile.Content content;
    private final Batches batches;
    private final Batches testBatches;
    private int epochNumber = -1;
    private Epoch epoch;

    private TrainingData(RunConfig config, SplitFile.Content content) {
        this.config = config;
        this.content = content;
        Dataset train = train();
        if (config.batch() > train.size()) {
            throw new UserException("batch " + config.batch() + " is more than the " + train.size()
                    + " training images of " + train.name());
        }
        if (config.batch() > room(train)) {
            throw new UserException("batch " + config.batch() + " of images of " + train.valuesPerImage()
                    + " values does not fit into the Java heap, which has room for " + room(train)
                    + " of them; choose a smaller --batch, or smaller images");
        }
        Normalization normalization = content.normalization();
        Batches normalised =
                Batches.of(train, config.batch()).normalize(normalization).dropLast();
        this.batches = config.source().augment()
                ? normalised.augment(Datasets.find(config.source().data()).augmentation())
                : normalised;
        this.testBatches = Batches.of(content.split().test(), testBatch(train)).normalize(normalization);
        this.epoch = batches.epoch(config.seed(), 0);
    }

    /** No more than are trained on at a time, so that a budget that training fits into has room for the evaluation. */
    private int testBatch(Dataset train) {
        return (int) Math.min(Math.min(TEST_BATCH, config.batch()), Math.max(1, room(train)));
    }

    /** How many images a batch may have: an eighth of the heap, and no more values than an array. */
    private static long room(Dataset data) {
        long values = Math.min(Integer.MAX_VALUE, Runtime.getRuntime().maxMemory() / 8 / Float.BYTES);
        return values / data.valuesPerImage();
    }

    /** Opens the data set of a configuration. */
    public static TrainingData open(RunConfig config) {
        DataSplit split = split(config);
        return new TrainingData(config, new SplitFile.Content(split, Normalization.of(split.train())));
    }

    private static DataSplit split(RunConfig config) {
        return Datasets.open(config.source().data(), config.dataPath(), config.seed());
    }

    /** Those that another process opened for the same configuration and stored. */
    public static TrainingData stored(RunConfig config, Path file) {
        return new TrainingData(config, SplitFile.read(file));
    }

    /** Writes them to a file for {@link #stored}. */
    public void store(Path file) throws IOException {
        SplitFile.write(file, content);
    }

    /** The model for the images of a configuration. Data sets whose shape is known are not opened. */
    public static ModelSpec specOf(RunConfig config) {
        return specOf(
                config,
                Datasets.find(config.source().data())
                        .format()
                        .orElseGet(() -> DataSource.Format.of(split(config).train())));
    }

    private static ModelSpec specOf(RunConfig config, DataSource.Format images) {
        return config.spec(new ModelSpec.Images(images.height(), images.width(), images.channels(), images.classes()));
    }

    /** Checks that the model fits the images and that the optimizer and schedule exist. */
    public void check() {
        spec();
        steps();
        Optimizers.check(config.descent());
    }

    /** The training set. */
    public Dataset train() {
        return content.split().train();
    }

    /** The model for these images. */
    public ModelSpec spec() {
        return specOf(config, DataSource.Format.of(train()));
    }

    /** How many steps the run makes. */
    public int steps() {
        if (!config.trainsByEpochs()) {
            return config.passes().steps();
        }
        if (config.passes().epochs() > Integer.MAX_VALUE / epoch.size()) {
            throw new UserException(
                    "epochs " + config.passes().epochs() + " of " + epoch.size() + " steps are more than 2^31 steps");
        }
        return config.passes().epochs() * epoch.size();
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
