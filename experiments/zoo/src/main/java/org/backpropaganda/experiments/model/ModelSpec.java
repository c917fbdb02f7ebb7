package org.backpropaganda.experiments.model;

import java.util.Locale;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.experiments.UserException;

/**
 * Which model, and for which images.
 *
 * @param kind the architecture
 * @param depth blocks: couplings of a revnet, blocks a stage of a resnet or a depthwise network, layers of an mlp, a
 *     transformer or an lstm
 * @param width channels or units
 * @param stemStride stride of a revnet's stem: its couplings keep the resolution that the stem leaves; 1 elsewhere
 * @param modules into how many modules decoupling cuts it
 * @param height,columns,channels of an image
 * @param classes of the labels
 * @param dtype of parameters and activations
 * @param slope of the leaky ReLU behind each batch norm; 0 is ReLU, which in-place activated batch norm cannot undo
 */
public record ModelSpec(
        Kind kind,
        int depth,
        int width,
        int stemStride,
        int modules,
        int height,
        int columns,
        int channels,
        int classes,
        DType dtype,
        double slope) {
    /** The slope of the usual leaky ReLU. */
    public static final double LEAKY = 0.01;

    private static final double KERNEL = 9;
    private static final double GIBIBYTE = 1L << 30;

    /** The architectures. */
    public enum Kind {
        REVNET,
        /** A revnet of one convolution a function, not two. */
        CHAIN,
        RESNET,
        MLP,
        /** Depthwise convolutions, each with a pointwise one behind it. */
        DEPTHWISE,
        /** A transformer whose tokens are pixels. */
        TRANSFORMER,
        /** Long short-term memory whose steps are pixels. */
        LSTM
    }

    /** With leaky ReLU, at the images' resolution. */
    public ModelSpec(
            Kind kind,
            int depth,
            int width,
            int modules,
            int height,
            int columns,
            int channels,
            int classes,
            DType dtype) {
        this(kind, depth, width, 1, modules, height, columns, channels, classes, dtype, LEAKY);
    }

    /** Checks what no model can be. */
    public ModelSpec {
        require(depth >= 1, "depth " + depth + " is below 1");
        require(width >= 1, "width " + width + " is below 1");
        require(!hasCouplings(kind) || width % 2 == 0, "width " + width + " is odd, and a revnet halves its channels");
        require(stemStride >= 1, "stem stride " + stemStride + " is below 1");
        require(
                stemStride == 1 || kind == Kind.REVNET,
                "stem stride " + stemStride + " does not fit " + kind.name().toLowerCase(Locale.ROOT)
                        + ": of the models, revnet has a stem that may stride");
        require(width <= 1 << 16, "width " + width + " is above 65536");
        require(depth <= 1 << 14, "depth " + depth + " is above 16384");
        require(modules >= 1, "modules " + modules + " is below 1");
    }

    /** The number of blocks that are counted. */
    public int blocks() {
        return blocks(kind, depth);
    }

    /** The number of blocks of a model of a depth; as many as an int holds where there would be more. */
    public static int blocks(Kind kind, int depth) {
        return (int) Math.min(Integer.MAX_VALUE, isOfStages(kind) ? 3L * depth : depth);
    }

    /** Bytes of the weights of the blocks, at the least. */
    public double leastWeightBytes() {
        double square = (double) width * width;
        double weights = switch (kind) {
            case REVNET -> depth * 4 * KERNEL * square / 4;
            case CHAIN -> depth * 2 * KERNEL * square / 4;
            case RESNET -> (2.0 * depth - 1) * KERNEL * square * (1 + 4 + 16);
            case MLP -> (depth - 1) * square;
            case DEPTHWISE -> (depth - 0.5) * square * (1 + 4 + 16);
            case TRANSFORMER -> depth * 12 * square;
            case LSTM -> depth * 4 * square;
        };
        return weights * dtype.bytes(1);
    }

    /**
     * Checks that weights and their gradients fit into memory, before hours are spent on drawing them.
     *
     * @param memory bytes of the machine
     */
    public void checkMemory(long memory) {
        double needed = 2 * leastWeightBytes();
        require(
                needed <= memory,
                String.format(
                        Locale.ROOT,
                        "depth %d and width %d make %.1f GiB of weights and gradients, and this machine has %.1f GiB;"
                                + " choose a smaller --width or --depth",
                        depth,
                        width,
                        needed / GIBIBYTE,
                        memory / GIBIBYTE));
    }

    /** Whether a strategy fits the model; throws a sentence that says why if not. */
    public void check(Strategy strategy) {
        require(
                !strategy.has(Strategy.Technique.REVERSIBLE) || hasCouplings(kind),
                "strategy " + strategy + " does not fit " + name() + ": x + F(x) is no coupling, so its input cannot be"
                        + " reconstructed; of the models, revnet can");
        require(
                !strategy.has(Strategy.Technique.ABN) || slope > 0,
                "strategy " + strategy + " needs leaky ReLU: what ReLU has set to zero cannot be reconstructed");
        require(
                !strategy.has(Strategy.Technique.DECOUPLED) || modules <= blocks(),
                "modules " + modules + " is more than the " + blocks() + " blocks of the model");
        require(
                !strategy.has(Strategy.Technique.DECOUPLED) || !isOfSequences(kind),
                "strategy " + strategy + " does not fit " + name() + ": nothing predicts gradients of sequences");
        require(
                !strategy.has(Strategy.Technique.ABN) || !isOfSequences(kind),
                "strategy " + strategy + " does not fit " + name() + ": it has no batch norm");
    }

    /** The architecture's name on the command line. */
    public String name() {
        return kind.name().toLowerCase(Locale.ROOT);
    }

    private static boolean isOfStages(Kind kind) {
        return kind == Kind.RESNET || kind == Kind.DEPTHWISE;
    }

    static boolean isOfSequences(Kind kind) {
        return kind == Kind.TRANSFORMER || kind == Kind.LSTM;
    }

    static boolean hasCouplings(Kind kind) {
        return kind == Kind.REVNET || kind == Kind.CHAIN;
    }

    private static void require(boolean condition, String message) {
        if (!condition) {
            throw new UserException(message);
        }
    }
}
