package org.backpropaganda.experiments.model;

import org.jspecify.annotations.Nullable;

/**
 * How a model of couplings is made of them and reversed; {@link #USUAL} for any other.
 *
 * @param coupling the name of a {@link org.backpropaganda.experiments.coupling.CouplingKind}; null for the model's usual one
 * @param groups streams of a kind that takes any number of them; 0 where the kind decides
 * @param anchorEvery in front of every how many couplings a reversible run keeps its streams; 0 for none
 */
public record Reversal(@Nullable String coupling, int groups, int anchorEvery) {
    /** As the model decides, without anchors. */
    public static final Reversal USUAL = new Reversal(null, 0, 0);

    /** Couplings of a kind, as many streams as it decides, without anchors. */
    public static Reversal of(String coupling) {
        return new Reversal(coupling, 0, 0);
    }
}
