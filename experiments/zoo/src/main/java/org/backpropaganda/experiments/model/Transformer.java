package org.backpropaganda.experiments.model;

import java.util.ArrayList;
import java.util.List;
import org.backpropaganda.autograd.nn.Activation;
import org.backpropaganda.autograd.nn.AttentionSettings;
import org.backpropaganda.autograd.nn.Initializer;
import org.backpropaganda.autograd.nn.LayerNorm;
import org.backpropaganda.autograd.nn.Linear;
import org.backpropaganda.autograd.nn.ParameterFactory;
import org.backpropaganda.autograd.op.GlobalAvgPool2d;
import org.backpropaganda.autograd.op.Reshape;
import org.backpropaganda.autograd.technique.Chain;
import org.backpropaganda.autograd.technique.Cut;
import org.backpropaganda.autograd.technique.Part;
import org.backpropaganda.autograd.technique.Run;

/**
 * {@code transformer}: pixels as tokens, in reading order: a linear layer makes each as wide as the model, then come blocks
 * of causal attention and of a feed-forward layer four times as wide, each behind a layer norm and beside a shortcut; a last
 * norm, the mean over the tokens, and a linear head.
 *
 * <p>Source: Radford et al. 2019, "Language Models are Unsupervised Multitask Learners", § 2.3, for the blocks.
 */
public final class Transformer implements Architecture {
    private static final int HEAD_WIDTH = 32;
    private static final int SEQUENCES = 3;

    @Override
    public String name() {
        return "transformer";
    }

    @Override
    public void check(ModelSpec.Size size) {
        Architecture.super.check(size);
        int heads = heads(size.width());
        ModelSpec.require(
                size.width() % heads == 0,
                heads + " heads do not divide the width " + size.width()
                        + " of a transformer, which has one for each 32; choose a multiple of 32");
    }

    private static int heads(int width) {
        return Math.max(1, width / HEAD_WIDTH);
    }

    @Override
    public Chain describe(ModelSpec spec, Layers layers) {
        ParameterFactory factory = layers.factory();
        int width = spec.width();
        Linear embed = new Linear(factory, spec.channels(), width, true);
        AttentionSettings attention = AttentionSettings.heads(heads(width)).forCausal();
        PreNormBlock each = new PreNormBlock(width, attention, Initializer.heNormal(), Initializer.heNormal(), 0);
        List<Part> blocks = new ArrayList<>();
        for (int i = 0; i < spec.depth(); i++) {
            blocks.add(layers.counted(each.describe(factory)));
        }
        LayerNorm norm = new LayerNorm(factory, width);
        long tokens = (long) spec.height() * spec.columns();
        return Chain.empty()
                .with("tokens", new Activation(x -> Reshape.reshape(x, -1, tokens, spec.channels())))
                .with("embed", embed)
                .with("blocks", new Run(blocks, new Cut(SEQUENCES, block -> width, spec.classes())))
                .with("norm", norm)
                .with(
                        "mean",
                        new Activation(x -> GlobalAvgPool2d.globalAvgPool2d(
                                Reshape.reshape(x, -1, spec.height(), spec.columns(), width))))
                .with("head", layers.head(width, spec.classes()));
    }
}
