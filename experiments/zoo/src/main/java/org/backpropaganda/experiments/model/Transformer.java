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

/**
 * Pixels as tokens, in reading order: a linear layer makes each as wide as the model, then come blocks of causal attention
 * and of a feed-forward layer four times as wide, each behind a layer norm and beside a shortcut; a last norm, the mean
 * over the tokens, and a linear head.
 *
 * <p>Source: Radford et al. 2019, "Language Models are Unsupervised Multitask Learners", § 2.3, for the blocks.
 */
final class Transformer extends Architecture {
    private static final int HEAD_WIDTH = 32;
    private static final int EXPANSION = 4;

    private final Linear embed;
    private final List<Module> blocks = new ArrayList<>();
    private final LayerNorm norm;
    private final Linear head;

    Transformer(ModelSpec spec, Layers layers) {
        super(spec, layers.factory());
        ParameterFactory factory = layers.factory();
        int width = spec.width();
        embed = new Linear(factory, spec.channels(), width, true);
        for (int i = 0; i < spec.depth(); i++) {
            Map<String, Module> attention = new LinkedHashMap<>();
            attention.put("norm", new LayerNorm(factory, width));
            attention.put("attention", new MultiHeadAttention(factory, width, Math.max(1, width / HEAD_WIDTH), true));
            Map<String, Module> feedForward = new LinkedHashMap<>();
            feedForward.put("norm", new LayerNorm(factory, width));
            feedForward.put("expand", new Linear(factory, width, (long) EXPANSION * width, true));
            feedForward.put("gelu", Activation.geluTanh());
            feedForward.put("contract", new Linear(factory, (long) EXPANSION * width, width, true));
            Map<String, Module> links = new LinkedHashMap<>();
            links.put("mixing", new Residual(new Sequential(attention)));
            links.put("feedforward", new Residual(new Sequential(feedForward)));
            blocks.add(new Sequential(links));
        }
        norm = new LayerNorm(factory, width);
        head = layers.head(width, spec.classes());
    }

    @Override
    Map<String, Module> entry(boolean abn, Taps taps) {
        long tokens = (long) spec().height() * spec().columns();
        Map<String, Module> links = new LinkedHashMap<>();
        links.put("tokens", new Activation(x -> Reshape.reshape(x, -1, tokens, spec().channels())));
        links.put("embed", embed);
        return links;
    }

    @Override
    List<Module> blocks(boolean abn, Taps taps) {
        return blocks.stream()
                .<Module>map(block -> new Tapped(block, taps::counted))
                .toList();
    }

    @Override
    Map<String, Module> exit() {
        Map<String, Module> links = new LinkedHashMap<>();
        links.put("norm", norm);
        links.put("mean", new Activation(x -> {
            long width = spec().width();
            return GlobalAvgPool2d.globalAvgPool2d(Reshape.reshape(x, -1, spec().height(), spec().columns(), width));
        }));
        links.put("head", head);
        return links;
    }
}
