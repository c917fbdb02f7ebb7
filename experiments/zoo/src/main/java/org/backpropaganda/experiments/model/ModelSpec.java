package org.backpropaganda.experiments.model;

import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.experiments.UserException;
import org.backpropaganda.experiments.coupling.CouplingKind;
import org.backpropaganda.experiments.coupling.CouplingKinds;

/**
 * Which model, and for which images.
 *
 * @param name of its {@link Architecture}
 * @param size depth and width
 * @param modules into how many modules decoupling cuts it
 * @param images what it reads
 * @param dtype of parameters and activations
 * @param slope of the leaky ReLU behind each batch norm; 0 is ReLU, which in-place activated batch norm cannot undo
 * @param reversal the couplings of a model that has some
 */
public record ModelSpec(
        String name, Size size, int modules, Images images, DType dtype, double slope, Reversal reversal) {
    /** The slope of the usual leaky ReLU. */
    public static final double LEAKY = 0.01;

    private static final int WIDEST = 1 << 16;
    private static final int DEEPEST = 1 << 14;

    /**
     * How large a model is.
     *
     * @param depth blocks, as its architecture counts them
     * @param width channels or units
     * @param stemStride stride of a revnet's stem: its couplings keep the resolution that the stem leaves; 1 elsewhere
     */
    public record Size(int depth, int width, int stemStride) {
        /** At the images' resolution. */
        public Size(int depth, int width) {
            this(depth, width, 1);
        }
    }

    /**
     * The images.
     *
     * @param height,columns,channels of each
     * @param classes of their labels
     */
    public record Images(int height, int columns, int channels, int classes) {}

    /** With leaky ReLU, and couplings as the model decides. */
    public ModelSpec(String name, Size size, int modules, Images images, DType dtype) {
        this(name, size, modules, images, dtype, LEAKY);
    }

    /** With couplings as the model decides. */
    public ModelSpec(String name, Size size, int modules, Images images, DType dtype, double slope) {
        this(name, size, modules, images, dtype, slope, Reversal.USUAL);
    }

    /**
     * Checks what no model can be.
     *
     * @throws UserException that says what
     */
    public ModelSpec {
        Architecture architecture = Architectures.find(name);
        require(size.depth >= 1, "depth " + size.depth + " is below 1");
        require(size.width >= 1, "width " + size.width + " is below 1");
        require(size.stemStride >= 1, "stem stride " + size.stemStride + " is below 1");
        require(size.width <= WIDEST, "width " + size.width + " is above " + WIDEST);
        require(size.depth <= DEEPEST, "depth " + size.depth + " is above " + DEEPEST);
        require(modules >= 1, "modules " + modules + " is below 1");
        architecture.check(size);
        architecture.check(images);
        architecture.check(size, images);
        checkReversal(architecture, reversal);
        couplingOf(architecture, reversal)
                .ifPresent(kind -> kind.check(new CouplingKind.Body(size.width, reversal.groups())));
    }

    private static void checkReversal(Architecture architecture, Reversal reversal) {
        boolean chooses = architecture.usualCoupling().isPresent();
        require(reversal.groups() >= 0, "groups " + reversal.groups() + " is below 0");
        require(reversal.anchorEvery() >= 0, "anchor-every " + reversal.anchorEvery() + " is below 0");
        require(
                chooses || reversal.coupling() == null,
                "coupling " + reversal.coupling() + " does not fit " + architecture.name()
                        + ", which is not made of couplings of any kind; " + choosers());
        require(
                chooses || reversal.groups() == 0,
                "groups " + reversal.groups() + " does not fit " + architecture.name()
                        + ", which is not made of couplings of any kind; " + choosers());
    }

    private static String choosers() {
        return "of the models, "
                + Architectures.all().stream()
                        .filter(each -> each.usualCoupling().isPresent())
                        .map(Architecture::name)
                        .collect(Collectors.joining(", "))
                + " are";
    }

    private static Optional<CouplingKind> couplingOf(Architecture architecture, Reversal reversal) {
        return architecture
                .usualCoupling()
                .map(usual -> CouplingKinds.find(Objects.requireNonNullElse(reversal.coupling(), usual)));
    }

    /** The same model of other couplings. */
    public ModelSpec with(Reversal other) {
        return new ModelSpec(name, size, modules, images, dtype, slope, other);
    }

    /** The kind of its couplings; empty for a model that is not made of couplings of any kind. */
    public Optional<CouplingKind> coupling() {
        return couplingOf(architecture(), reversal);
    }

    /** What couplings of {@link #coupling} stand in. */
    public CouplingKind.Body body() {
        return new CouplingKind.Body(size.width, reversal.groups());
    }

    /** Its architecture. */
    public Architecture architecture() {
        return Architectures.find(name);
    }

    /** Blocks, as its architecture counts them. */
    public int depth() {
        return size.depth;
    }

    /** Channels or units. */
    public int width() {
        return size.width;
    }

    /** The stride of a revnet's stem. */
    public int stemStride() {
        return size.stemStride;
    }

    /** The height of an image. */
    public int height() {
        return images.height;
    }

    /** The width of an image, in pixels. */
    public int columns() {
        return images.columns;
    }

    /** The channels of an image. */
    public int channels() {
        return images.channels;
    }

    /** The classes of the labels. */
    public int classes() {
        return images.classes;
    }

    /** The number of blocks that are counted. */
    public int blocks() {
        return blocks(name, size.depth);
    }

    /** The number of blocks of a model of a depth; as many as an int holds where there would be more. */
    public static int blocks(String name, int depth) {
        return (int) Math.min(Integer.MAX_VALUE, Architectures.find(name).blocks(depth));
    }

    static void require(boolean condition, String message) {
        if (!condition) {
            throw new UserException(message);
        }
    }
}
