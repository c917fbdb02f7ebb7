package org.backpropaganda.experiments.model;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.backpropaganda.autograd.nn.Activation;
import org.backpropaganda.autograd.nn.LayerNorm;
import org.backpropaganda.autograd.nn.Linear;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.nn.MultiHeadAttention;
import org.backpropaganda.autograd.nn.ParameterFactory;
import org.backpropaganda.autograd.nn.Residual;
import org.backpropaganda.autograd.nn.Sequential;
import org.backpropaganda.autograd.op.GlobalAvgPool2d;
import org.backpropaganda.autograd.op.Reshape;
import org.backpropaganda.autograd.technique.Chain;
import org.backpropaganda.autograd.technique.Cut;
import org.backpropaganda.autograd.technique.Layer;
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
    private static final int EXPANSION = 4;
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
        List<Part> blocks = new ArrayList<>();
        for (int i = 0; i < spec.depth(); i++) {
            Module block = block(factory, width, heads(width));
            blocks.add(layers.counted(new Layer(block)));
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

    private static Module block(ParameterFactory factory, int width, int heads) {
        Map<String, Module> attention = new LinkedHashMap<>();
        attention.put("norm", new LayerNorm(factory, width));
        attention.put("attention", new MultiHeadAttention(factory, width, heads, true));
        Map<String, Module> feedForward = new LinkedHashMap<>();
        feedForward.put("norm", new LayerNorm(factory, width));
        feedForward.put("expand", new Linear(factory, width, (long) EXPANSION * width, true));
        feedForward.put("gelu", Activation.geluTanh());
        feedForward.put("contract", new Linear(factory, (long) EXPANSION * width, width, true));
        Map<String, Module> links = new LinkedHashMap<>();
        links.put("mixing", new Residual(new Sequential(attention)));
        links.put("feedforward", new Residual(new Sequential(feedForward)));
        return new Sequential(links);
    }
}
