package org.backpropaganda.synthetic.predictor;

import java.util.List;
import org.backpropaganda.autograd.nn.ParameterFactory;
import org.backpropaganda.autograd.technique.Cut;

/** Makes the predictors of a model's cuts by a word, as the command line gives it. */
public final class Predictors {
    /** {@link LinearPredictor} for rows and sequences, {@link ConvPredictor} of one tap for images. */
    public static final String LINEAR = "linear";

    /**
     * Those of the publication: for rows the linear one with labels, and without labels two hidden layers of 1024 units; for images two
     * hidden layers of 128 5×5 convolutions; for sequences one hidden layer as wide as they are.
     */
    public static final String PAPER = "paper";

    /** The setting whose word it is. */
    public static final String SETTING = "predictor";

    private static final int ROWS = 2;
    private static final int SEQUENCES = 3;
    private static final int IMAGES = 4;
    private static final Hidden OF_ROWS = Hidden.normalised(2, 1024);
    private static final Hidden OF_IMAGES = Hidden.normalised(2, 128);
    private static final int KERNEL = 5;

    private Predictors() {}

    /** The words. */
    public static List<String> words() {
        return List.of(LINEAR, PAPER);
    }

    /**
     * The predictor of the gradient at a cut.
     *
     * @param word one of {@link #words}
     * @param block the number of the block behind the cut
     * @param conditioned whether it is given labels
     * @throws IllegalArgumentException if there is no such word, or no predictor for what passes the cut
     */
    public static GradientPredictor of(String word, Cut cut, int block, boolean conditioned, ParameterFactory factory) {
        long channels = cut.channels().applyAsLong(block);
        int classes = conditioned ? cut.classes() : 0;
        return switch (word) {
            case LINEAR -> linear(cut.rank(), channels, classes, factory);
            case PAPER -> published(cut.rank(), channels, classes, factory);
            default ->
                throw new IllegalArgumentException(
                        "predictor '" + word + "' is none: choose " + String.join(" or ", words()));
        };
    }

    private static GradientPredictor linear(int rank, long channels, int classes, ParameterFactory factory) {
        return switch (rank) {
            case ROWS, SEQUENCES ->
                classes > 0 ? new LinearPredictor(factory, channels, classes) : new LinearPredictor(factory, channels);
            case IMAGES ->
                classes > 0 ? new ConvPredictor(factory, channels, classes) : new ConvPredictor(factory, channels);
            default -> throw unlike(rank);
        };
    }

    private static GradientPredictor published(int rank, long channels, int classes, ParameterFactory factory) {
        return switch (rank) {
            case ROWS ->
                classes > 0
                        ? new LinearPredictor(factory, channels, classes)
                        : new MultilayerPredictor(factory, channels, OF_ROWS);
            case SEQUENCES -> ofSequences(channels, classes, factory);
            case IMAGES ->
                classes > 0
                        ? new MultilayerConvPredictor(factory, channels, classes, KERNEL, OF_IMAGES)
                        : new MultilayerConvPredictor(factory, channels, KERNEL, OF_IMAGES);
            default -> throw unlike(rank);
        };
    }

    private static GradientPredictor ofSequences(long channels, int classes, ParameterFactory factory) {
        Hidden hidden = new Hidden(1, Math.toIntExact(channels), false);
        return classes > 0
                ? new MultilayerPredictor(factory, channels, classes, hidden)
                : new MultilayerPredictor(factory, channels, hidden);
    }

    private static IllegalArgumentException unlike(int rank) {
        return new IllegalArgumentException("predictor: nothing predicts gradients of tensors of rank " + rank
                + "; cut where rows, sequences or images pass");
    }
}
