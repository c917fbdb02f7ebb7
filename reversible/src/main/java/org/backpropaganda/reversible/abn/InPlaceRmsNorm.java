package org.backpropaganda.reversible.abn;

import java.util.function.Consumer;
import org.backpropaganda.autograd.graph.Parameter;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.nn.ParameterFactory;
import org.backpropaganda.autograd.nn.RmsNorm;
import org.backpropaganda.autograd.nn.UnaryModule;
import org.jspecify.annotations.Nullable;

/**
 * Normalisation by the root of the mean square that is differentiated from its output: x [..., C] → [..., C]. The linear
 * layer or attention behind it saves that output anyway, so the norm costs one number a row, where plain RMS norm saves its
 * input. It is the same function as {@link RmsNorm}, with the same parameter, and overwrites its input where nobody else holds
 * it.
 *
 * <pre>{@code
 * Module block = new Residual(new Sequential(new InPlaceRmsNorm(factory, 64), new Linear(factory, 64, 64, false)));
 * }</pre>
 *
 * <p>It gains nothing where nobody behind it saves its output, and holds the output beside an input that somebody else saves
 * (a tanh in front of it): put plain RMS norm there.
 *
 * <p>x̂ = y/γ is had back for each column. Where γ is zero or out of range (2^±40 in {@code FLOAT}, 2^±320 in {@code DOUBLE}),
 * x̂ is saved beside the output, [rows, k], and a warning names the layer once. If none come back, it saves what plain RMS norm
 * saves.
 *
 * <p>Source: Zhang and Sennrich 2019, "Root Mean Square Layer Normalization", Eq. (4); the backward from the output as in Rota
 * Bulò et al. 2018, "In-Place Activated BatchNorm for Memory-Optimized Training of DNNs", § 3.
 */
public final class InPlaceRmsNorm extends UnaryModule {
    private final RowNorm norm;

    /** Of the last axis, with a parameter of its own and the usual epsilon. */
    public InPlaceRmsNorm(ParameterFactory factory, long width) {
        this(new RmsNorm(factory, width), null);
    }

    private InPlaceRmsNorm(RmsNorm plain, @Nullable Integer lostInShapeRuns) {
        Parameter weight = register("weight", plain.weight());
        Reconstruction reconstruction =
                new Reconstruction(weight, null, InvertibleActivation.identity(), lostInShapeRuns);
        norm = new RowNorm("inPlaceRmsNorm", weight, null, plain.epsilon(), reconstruction, new LayerWarning());
    }

    /** Takes the place of an RMS norm, with the same parameter. */
    public static InPlaceRmsNorm of(RmsNorm plain) {
        return new InPlaceRmsNorm(plain, null);
    }

    /**
     * Takes the place of an RMS norm, with the same parameter.
     *
     * @param lostInShapeRuns how many columns cannot be had back, for runs on shapes whose γ has no values; where it has, they
     *     are counted
     */
    public static InPlaceRmsNorm of(RmsNorm plain, int lostInShapeRuns) {
        Reconstruction.checkCount("InPlaceRmsNorm", lostInShapeRuns, plain.weight());
        return new InPlaceRmsNorm(plain, lostInShapeRuns);
    }

    /**
     * Hears, instead of the system's logger, once that columns cannot be had back.
     *
     * @return this
     */
    public InPlaceRmsNorm onWarning(Consumer<String> listener) {
        norm.warning().listener(listener);
        return this;
    }

    @Override
    protected Variable forward(Variable x) {
        return norm.apply(x);
    }
}
