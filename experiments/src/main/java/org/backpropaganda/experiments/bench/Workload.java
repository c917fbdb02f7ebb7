package org.backpropaganda.experiments.bench;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.experiments.UserException;
import org.backpropaganda.experiments.model.ModelSpec;

/** A model and a batch. */
public enum Workload {
    /** Couplings of one 3×3 convolution, batch norm and ReLU on 32 channels each half; depth 8. */
    CHAIN8(ModelSpec.Kind.CHAIN, 8, 64, 32, 32, 3),
    /** The same at depth 32. */
    CHAIN32(ModelSpec.Kind.CHAIN, 32, 64, 32, 32, 3),
    /** The residual network of 20 layers for CIFAR. */
    RESNET20(ModelSpec.Kind.RESNET, 3, 16, 128, 32, 3),
    /** 16 layers of 1024 units. */
    MLP16X1024(ModelSpec.Kind.MLP, 16, 1024, 512, 28, 1),
    /** 4 layers of 128 units: the price of a call. */
    MLP4X128(ModelSpec.Kind.MLP, 4, 128, 32, 28, 1);

    private static final int CLASSES = 10;

    private final ModelSpec.Kind kind;
    private final int depth;
    private final int width;
    private final int batch;
    private final int side;
    private final int channels;

    Workload(ModelSpec.Kind kind, int depth, int width, int batch, int side, int channels) {
        this.kind = kind;
        this.depth = depth;
        this.width = width;
        this.batch = batch;
        this.side = side;
        this.channels = channels;
    }

    /** The model. */
    public ModelSpec model(double slope, DType dtype) {
        return new ModelSpec(kind, depth, width, 1, 1, side, side, channels, CLASSES, dtype, slope);
    }

    /** The architecture. */
    public ModelSpec.Kind kind() {
        return kind;
    }

    /** Blocks: couplings, residual blocks a stage, layers. */
    public int depth() {
        return depth;
    }

    /** Channels or units. */
    public int width() {
        return width;
    }

    /** Images a step. */
    public int batch() {
        return batch;
    }

    /** Height and width of an image. */
    public int side() {
        return side;
    }

    /** Channels of an image. */
    public int channels() {
        return channels;
    }

    /** Classes of the labels. */
    public int classes() {
        return CLASSES;
    }

    /** The name on the command line. */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }

    /**
     * Reads {@code all}, or names separated by commas.
     *
     * @throws UserException if one is none of them
     */
    public static List<Workload> parseAll(String text) {
        if (text.equals("all")) {
            return List.of(values());
        }
        return Arrays.stream(text.split(",", -1))
                .map(Workload::parse)
                .distinct()
                .toList();
    }

    /** Reads one name. */
    public static Workload parse(String name) {
        return Arrays.stream(values())
                .filter(workload -> workload.toString().equals(name))
                .findFirst()
                .orElseThrow(() -> new UserException("unknown workload '" + name + "': choose all, or of "
                        + Arrays.stream(values()).map(Workload::toString).collect(Collectors.joining(", "))));
    }
}
