package org.backpropaganda.experiments.model;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.backpropaganda.autograd.nn.BatchNorm;
import org.backpropaganda.autograd.nn.Conv2d;
import org.backpropaganda.autograd.nn.LeakyRelu;
import org.backpropaganda.autograd.nn.Linear;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.nn.ParameterFactory;
import org.backpropaganda.autograd.nn.Pool2d;
import org.backpropaganda.autograd.nn.Residual;
import org.backpropaganda.autograd.nn.Sequential;
import org.backpropaganda.synthetic.ConvPredictor;
import org.backpropaganda.synthetic.GradientPredictor;
import org.jspecify.annotations.Nullable;

/**
 * The residual network for CIFAR: three stages of blocks with C, 2C and 4C channels. A stage after the first halves the
 * image in its first block, whose shortcut is a 1×1 convolution with batch norm.
 *
 * <p>Source: He et al. 2016, "Deep Residual Learning for Image Recognition", § 4.2. Deviations: leaky ReLU; projection
 * (their option B) where they pad with zeros.
 */
final class Resnet extends Architecture {
    private static final int STAGES = 3;

    private final Conv2d stem;
    private final NormPair stemPair;
    private final List<Block> blocks = new ArrayList<>();
    private final Linear head;
    private final int inPlacePairs;

    private record Block(
            Conv2d conv1,
            NormPair pair1,
            Conv2d conv2,
            BatchNorm norm2,
            @Nullable Sequential shortcut,
            LeakyRelu activation,
            int activationNumber,
            int channelsIn) {}

    Resnet(ModelSpec spec, Layers layers) {
        super(spec, layers.factory());
        ParameterFactory factory = layers.factory();
        stem = layers.convolution(spec.channels(), spec.width(), 3, 1);
        stemPair = layers.pair(spec.width());
        int channels = spec.width();
        for (int stage = 0; stage < STAGES; stage++) {
            int width = spec.width() << stage;
            for (int i = 0; i < spec.depth(); i++) {
                int stride = stage > 0 && i == 0 ? 2 : 1;
                Conv2d conv1 = layers.convolution(channels, width, 3, stride);
                NormPair pair1 = layers.pair(width);
                Conv2d conv2 = layers.convolution(width, width, 3, 1);
                BatchNorm norm2 = new BatchNorm(factory, width);
                Sequential shortcut = stride == 1
                        ? null
                        : new Sequential(layers.convolution(channels, width, 1, stride), new BatchNorm(factory, width));
                blocks.add(new Block(
                        conv1, pair1, conv2, norm2, shortcut, layers.activation(), layers.number(), channels));
                channels = width;
            }
        }
        head = layers.head(channels, spec.classes());
        inPlacePairs = 1 + blocks.size();
    }

    @Override
    Map<String, Module> entry(boolean abn, Taps taps) {
        Map<String, Module> links = new LinkedHashMap<>();
        links.put("stem", stem);
        stemPair.addTo(links, "", abn, taps);
        return links;
    }

    @Override
    List<Module> blocks(boolean abn, Taps taps) {
        List<Module> modules = new ArrayList<>();
        for (Block block : blocks) {
            Map<String, Module> body = new LinkedHashMap<>();
            body.put("conv1", block.conv1);
            block.pair1.addTo(body, "1", abn, taps);
            body.put("conv2", block.conv2);
            body.put("norm2", block.norm2);
            Module residual = block.shortcut == null
                    ? new Residual(new Sequential(body))
                    : new Residual(new Sequential(body), block.shortcut);
            Map<String, Module> links = new LinkedHashMap<>();
            links.put("residual", residual);
            links.put("act", new Tapped(block.activation, result -> taps.signs().note(block.activationNumber, result)));
            modules.add(new Tapped(new Sequential(links), taps::counted));
        }
        return modules;
    }

    @Override
    Map<String, Module> exit() {
        Map<String, Module> links = new LinkedHashMap<>();
        links.put("pool", Pool2d.globalAverage());
        links.put("head", head);
        return links;
    }

    @Override
    int abnPairs() {
        return inPlacePairs;
    }

    @Override
    GradientPredictor predictor(int block, ParameterFactory factory) {
        return new ConvPredictor(factory, blocks.get(block).channelsIn, spec().classes());
    }
}
