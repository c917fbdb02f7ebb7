package org.backpropaganda.experiments.model;

import java.util.Optional;
import org.backpropaganda.autograd.technique.Chain;
import org.backpropaganda.experiments.UserException;

/**
 * A kind of model of images, by its name on the command line.
 *
 * <p>It is found by {@link Architectures} if it has a public constructor without arguments and its class is named in a file
 * {@code META-INF/services/org.backpropaganda.experiments.model.Architecture} of the class path.
 *
 * <pre>{@code
 * public final class Perceptron implements Architecture {
 *     public String name() { return "perceptron"; }
 *     public Chain describe(ModelSpec spec, Layers layers) {
 *         Run hidden = new Run(List.of(layers.counted(new Layer(...))), new Cut(2, block -> spec.width(), spec.classes()));
 *         return Chain.empty().with("blocks", hidden).with("head", layers.head(spec.width(), spec.classes()));
 *     }
 * }
 * }</pre>
 */
public interface Architecture {
    /** Channels or units of most models where nobody says how many. */
    int USUAL_WIDTH = 32;

    /** The name: lower-case letters, digits and dashes. */
    String name();

    /**
     * Makes the layers of a model, in the order in which their weights are drawn, and says how they stand together.
     *
     * @param spec that {@link #check} lets pass
     * @param layers makes layers, counts what {@link Layers#counted} is told to, once for each block
     * @return images [B, H, W, C] → logits [B, classes]
     */
    Chain describe(ModelSpec spec, Layers layers);

    /** The number of blocks of a model of a depth. */
    default long blocks(int depth) {
        return depth;
    }

    /**
     * The name of the {@link org.backpropaganda.experiments.coupling.CouplingKind} that it is made of unless told otherwise;
     * empty for a model that is not made of couplings of any kind.
     */
    default Optional<String> usualCoupling() {
        return Optional.empty();
    }

    /** How often an evaluation of a block is counted: with couplings of any kind, once for each of their functions. */
    default int countsPerBlock(ModelSpec spec) {
        return spec.coupling().map(kind -> kind.functions(spec.body()).size()).orElse(1);
    }

    /** Channels or units where nobody says how many. */
    default int usualWidth() {
        return USUAL_WIDTH;
    }

    /** What depth means, for a help text: {@code "layers"}. */
    default String depthUnit() {
        return "blocks";
    }

    /**
     * Checks sizes and images together, each of which has passed its own check.
     *
     * @throws UserException that says what does not fit
     */
    default void check(ModelSpec.Size size, ModelSpec.Images images) {}

    /**
     * Checks the images.
     *
     * @throws UserException that says what this one cannot read
     */
    default void check(ModelSpec.Images images) {}

    /**
     * Checks sizes that are within the bounds of every model.
     *
     * @throws UserException that says what this one cannot be
     */
    default void check(ModelSpec.Size size) {
        ModelSpec.require(
                size.stemStride() == 1,
                "stem stride " + size.stemStride() + " does not fit " + name()
                        + ": of the models, revnet has a stem that may stride");
    }
}
