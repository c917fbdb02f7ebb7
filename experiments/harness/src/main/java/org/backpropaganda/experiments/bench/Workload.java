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
 * @param architecture the model's
 * @param size depth and width
 * @param batch images a step
 * @param side height and width of an image
 * @param channels of an image
 * @param contest what it is trained by
 */
public record Workload(
        String name, String architecture, ModelSpec.Size size, int batch, int side, int channels, Contest contest) {
    private static final int CLASSES = 10;
    private static final int TINY = 8;

    /**
     * What a workload is trained by besides plain backpropagation.
     *
     * @param strategies of this library
     * @param duringBackward those of them that are timed with updates during backward too, besides plain
     * @param forms of the peer, where they make a difference; the first is the library's default
     */
    public record Contest(List<String> strategies, List<String> duringBackward, List<Peer.Form> forms) {
        private static final List<Peer.Form> OF_IMAGES = List.of(Peer.Form.NCHW, Peer.Form.NHWC);

        /** Where nothing but plain backpropagation and checkpoints can be done, and the peer is written in one way. */
        public static final Contest USUAL = new Contest(List.of("checkpoint"), List.of(), List.of(Peer.Form.NCHW));

        private static final Contest LAYERS =
                new Contest(List.of("checkpoint", "cheap"), List.of("cheap"), List.of(Peer.Form.NCHW));

        private static final Contest ATTENTION =
                new Contest(List.of("checkpoint", "cheap"), List.of(), List.of(Peer.Form.FUSED, Peer.Form.NAIVE));
        private static final Contest CONVOLUTIONS = new Contest(List.of("checkpoint"), List.of(), OF_IMAGES);
        private static final Contest RESIDUAL =
                new Contest(List.of("checkpoint", "cheap", "abn", "save:q8"), List.of(), OF_IMAGES);
        private static final Contest COUPLINGS =
                new Contest(List.of("checkpoint", "reversible", "reversible+abn"), List.of(), OF_IMAGES);
    }

    /** Couplings of one 3×3 convolution, batch norm and ReLU on 32 channels each half. */
    private static Workload chain(int depth) {
        return new Workload("chain" + depth, "chain", new ModelSpec.Size(depth, 64), 32, 32, 3, Contest.COUPLINGS);
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
                new Workload("resnet20", "resnet", new ModelSpec.Size(3, 16), 128, 32, 3, Contest.RESIDUAL),
                new Workload("mlp16x1024", "mlp", new ModelSpec.Size(16, 1024), 512, 28, 1, Contest.LAYERS),
                new Workload("mlp4x128", "mlp", new ModelSpec.Size(4, 128), 32, 28, 1, Contest.USUAL),
                new Workload("depthwise", "depthwise", new ModelSpec.Size(3, 32), 128, 32, 3, Contest.CONVOLUTIONS),
                new Workload("transformer", "transformer", new ModelSpec.Size(4, 256), 16, 16, 3, Contest.ATTENTION),
                new Workload("revnet", "revnet", new ModelSpec.Size(8, 64), 32, 32, 3, Contest.COUPLINGS),
                new Workload("lstm", "lstm", new ModelSpec.Size(1, 256), 64, 10, 256, Contest.USUAL));
    }

    /** The same layers at a size that weighs nothing. */
    Workload tiny() {
        return new Workload(name, architecture, new ModelSpec.Size(1, 2 * TINY), TINY, TINY, channels, contest);
    }

    /** The model. */
    public ModelSpec model(double slope, DType dtype) {
        ModelSpec.Images images = new ModelSpec.Images(side, side, channels, CLASSES);
        return new ModelSpec(architecture, size, 1, images, dtype, slope);
    }

    /** Blocks, as the architecture counts them. */
    public int depth() {
        return size.depth();
    }

    /** Channels or units. */
    public int width() {
        return size.width();
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
