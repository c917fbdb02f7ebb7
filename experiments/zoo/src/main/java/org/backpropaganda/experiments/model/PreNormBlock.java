package org.backpropaganda.experiments.model;

import java.util.List;
import org.backpropaganda.autograd.nn.Activation;
import org.backpropaganda.autograd.nn.AttentionSettings;
import org.backpropaganda.autograd.nn.Dropout;
import org.backpropaganda.autograd.nn.Initializer;
import org.backpropaganda.autograd.nn.LayerNorm;
import org.backpropaganda.autograd.nn.Linear;
import org.backpropaganda.autograd.nn.MultiHeadAttention;
import org.backpropaganda.autograd.nn.ParameterFactory;
import org.backpropaganda.autograd.nn.Residual;
import org.backpropaganda.autograd.technique.Chain;
import org.backpropaganda.autograd.technique.Composite;
import org.backpropaganda.autograd.technique.Part;

/**
 * A block of a transformer: attention, and a feed-forward layer four times as wide with GELU (by the hyperbolic tangent), each
 * behind a layer norm and beside a shortcut, x [B, T, width] → [B, T, width]. Source: Radford et al. 2019, "Language Models are
 * Unsupervised Multitask Learners", § 2.3.
 *
 * @param width of each token
 * @param attention how tokens attend to each other
 * @param expand draws the weights of the first feed-forward layer
 * @param contract draws those of the second
 * @param dropout the probability that a number of what is added to a shortcut is zeroed; with 0, no layer does it
 */
public record PreNormBlock(
        int width, AttentionSettings attention, Initializer expand, Initializer contract, double dropout) {
    private static final int EXPANSION = 4;

    /** Makes the layers of one block: {@code mixing}, then {@code feedforward}. */
    public Chain describe(ParameterFactory factory) {
        Chain mixing = Chain.empty()
                .with("norm", new LayerNorm(factory, width))
                .with("attention", new MultiHeadAttention(factory, width, attention));
        long wide = (long) EXPANSION * width;
        Chain feedForward = Chain.empty()
                .with("norm", new LayerNorm(factory, width))
                .with("expand", new Linear(factory, width, wide, true, expand))
                .with("gelu", Activation.geluTanh())
                .with("contract", new Linear(factory, wide, width, true, contract));
        return Chain.empty().with("mixing", besideShortcut(mixing)).with("feedforward", besideShortcut(feedForward));
    }

    private Part besideShortcut(Chain body) {
        Chain dropped = dropout == 0 ? body : body.with("dropout", new Dropout(dropout));
        return new Composite(List.of(dropped), parts -> new Residual(parts.get(0)));
    }
}
