package org.backpropaganda.experiments.bench;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.experiments.UserException;
import org.backpropaganda.experiments.model.ModelSpec;

/**
 * A model and a batch.
 *
 * @param name on the command line
 * @param kind the architecture
 * @param depth blocks: couplings, residual blocks a stage, layers
 * @param width channels or units
 * @param batch images a step
 * @param side height and width of an image
 * @param channels of an image
 */
public record Workload(String name, ModelSpec.Kind kind, int depth, int width, int batch, int side, int channels) {
    private static final int CLASSES = 10;
    private static final int TINY = 8;

    /** Couplings of one 3×3 convolution, batch norm and ReLU on 32 channels each half. */
    private static Workload chain(int depth) {
        return new Workload("chain" + depth, ModelSpec.Kind.CHAIN, depth, 64, 32, 32, 3);
    }

    /**
     * The couplings, the residual network of 20 layers for CIFAR, a wide perceptron, one that is the price of a call,
     * depthwise convolutions, a transformer of 256 tokens, couplings of two convolutions, and long short-term memory over 100
     * steps.
     */
    public static List<Workload> all() {
        return List.of(
                chain(8),
                chain(32),
                new Workload("resnet20", ModelSpec.Kind.RESNET, 3, 16, 128, 32, 3),
                new Workload("mlp16x1024", ModelSpec.Kind.MLP, 16, 1024, 512, 28, 1),
                new Workload("mlp4x128", ModelSpec.Kind.MLP, 4, 128, 32, 28, 1),
                new Workload("depthwise", ModelSpec.Kind.DEPTHWISE, 3, 32, 128, 32, 3),
                new Workload("transformer", ModelSpec.Kind.TRANSFORMER, 4, 256, 16, 16, 3),
                new Workload("revnet", ModelSpec.Kind.REVNET, 8, 64, 32, 32, 3),
                new Workload("lstm", ModelSpec.Kind.LSTM, 1, 256, 64, 10, 256));
    }

    /** The same layers at a size that weighs nothing. */
    Workload tiny() {
        return new Workload(name, kind, 1, 2 * TINY, TINY, TINY, channels);
    }

    /** The model. */
    public ModelSpec model(double slope, DType dtype) {
        return new ModelSpec(kind, depth, width, 1, 1, side, side, channels, CLASSES, dtype, slope);
    }

    /** Classes of the labels. */
    public int classes() {
        return CLASSES;
    }

    /** The name on the command line. */
    @Override
    public String toString() {
        return name;
    }

    /**
     * Reads {@code all}, or names separated by commas.
     *
     * @throws UserException if one is none of them
     */
    public static List<Workload> parseAll(String text) {
        if (text.equals("all")) {
            return all();
        }
        return Arrays.stream(text.split(",", -1))
                .map(Workload::parse)
                .distinct()
                .toList();
    }

    /** Reads one name. */
    public static Workload parse(String name) {
        return all().stream()
                .filter(workload -> workload.name.equals(name))
                .findFirst()
                .orElseThrow(() -> new UserException("unknown workload '" + name + "': choose all, or of "
                        + all().stream().map(Workload::name).collect(Collectors.joining(", "))));
    }
}
