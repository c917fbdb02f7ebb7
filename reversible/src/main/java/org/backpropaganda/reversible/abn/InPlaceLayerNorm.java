package org.backpropaganda.reversible.abn;

import java.util.function.Consumer;
import org.backpropaganda.autograd.graph.Parameter;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.nn.LayerNorm;
import org.backpropaganda.autograd.nn.ParameterFactory;
import org.backpropaganda.autograd.nn.UnaryModule;
import org.jspecify.annotations.Nullable;

/**
 * Layer normalisation that is differentiated from its output: x [..., *] → [..., *]. The linear layer or attention behind it
 * saves that output anyway, so the norm costs one number a row, where plain layer norm saves its input and two. It is the same
 * function as {@link LayerNorm}, with the same parameters, and overwrites its input where nobody else holds it.
 *
 * <pre>{@code
 * Module branch = new Sequential(
 *         new InPlaceLayerNorm(factory, 64), new Linear(factory, 64, 256, true),
 *         Activation.gelu(), new Linear(factory, 256, 64, true));
 * Module block = new Residual(branch);       // the skip reads x, and nobody saves it
 * }</pre>
 *
 * <p>It gains nothing where nobody behind it saves its output, and holds the output beside an input that somebody else saves
 * (a tanh in front of it): put plain layer norm there.
 *
 * <p>x̂ = (y − β)/γ is had back for each column. Where γ is zero or out of range, or |β|/|γ| above 2⁷ in {@code FLOAT} (2¹⁵ in
 * {@code DOUBLE}), it would be lost in rounding: of such columns x̂ is saved beside the output, [rows, k], and a warning names
 * the layer once; {@link InPlaceAbn} has the bounds. If none come back, it saves what plain layer norm saves.
 *
 * <p>Source: Ba et al. 2016, "Layer Normalization", Eq. (3) and (4); the backward from the output as in Rota Bulò et al. 2018,
 * "In-Place Activated BatchNorm for Memory-Optimized Training of DNNs", § 3.
 */
public final class InPlaceLayerNorm extends UnaryModule {
    private final RowNorm norm;

    /** Of the last axis, with parameters of its own and the usual epsilon. */
    public InPlaceLayerNorm(ParameterFactory factory, long width) {
        this(new LayerNorm(factory, width), null);
    }

    private InPlaceLayerNorm(LayerNorm plain, @Nullable Integer lostInShapeRuns) {
        Parameter weight = register("weight", plain.weight());
        Parameter bias = register("bias", plain.bias());
        Reconstruction reconstruction =
                new Reconstruction(weight, bias, InvertibleActivation.identity(), lostInShapeRuns);
        norm = new RowNorm("inPlaceLayerNorm", weight, bias, plain.epsilon(), reconstruction, new LayerWarning());
    }

    /** Takes the place of a layer norm, with the same parameters. */
    public static InPlaceLayerNorm of(LayerNorm plain) {
        return new InPlaceLayerNorm(plain, null);
    }

    /**
     * Takes the place of a layer norm, with the same parameters.
     *
     * @param lostInShapeRuns how many columns cannot be had back, for runs on shapes whose γ has no values; where it has, they
     *     are counted
     */
    public static InPlaceLayerNorm of(LayerNorm plain, int lostInShapeRuns) {
        Reconstruction.checkCount("InPlaceLayerNorm", lostInShapeRuns, plain.weight());
        return new InPlaceLayerNorm(plain, lostInShapeRuns);
    }

    /**
     * Hears, instead of the system's logger, once that columns cannot be had back.
     *
     * @return this
     */
    public InPlaceLayerNorm onWarning(Consumer<String> listener) {
        norm.warning().listener(listener);
        return this;
    }

    @Override
    protected Variable forward(Variable x) {
        return norm.apply(x);
    }
}
