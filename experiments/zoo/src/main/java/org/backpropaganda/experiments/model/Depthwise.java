package org.backpropaganda.experiments.model;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.backpropaganda.autograd.nn.Conv2d;
import org.backpropaganda.autograd.nn.Linear;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.nn.ParameterFactory;
import org.backpropaganda.autograd.nn.Pool2d;
import org.backpropaganda.autograd.nn.Sequential;
import org.backpropaganda.synthetic.ConvPredictor;
import org.backpropaganda.synthetic.GradientPredictor;

/**
 * Three stages of blocks with C, 2C and 4C channels: a depthwise 3×3 convolution and a pointwise one, each with batch norm
 * and (leaky) ReLU. A stage after the first halves the image in its first block.
 *
 * <p>Source: Howard et al. 2017, "MobileNets", § 3.1 and 3.2. Deviations: sizes for images of 32×32; leaky ReLU.
 */
final class Depthwise extends Architecture {
    private static final int STAGES = 3;

    private final Layers layers;
    private final Conv2d stem;
    private final NormPair stemPair;
    private final List<Block> blocks = new ArrayList<>();
    private final Linear head;

    private record Block(Conv2d depthwise, NormPair pair1, Conv2d pointwise, NormPair pair2, int channelsIn) {}

    Depthwise(ModelSpec spec, Layers layers) {
        super(spec, layers.factory());
        this.layers = layers;
        stem = layers.convolution(spec.channels(), spec.width(), 3, 1);
        stemPair = layers.pair(spec.width());
        int channels = spec.width();
        for (int stage = 0; stage < STAGES; stage++) {
            int width = spec.width() << stage;
            for (int i = 0; i < spec.depth(); i++) {
                blocks.add(new Block(
                        layers.depthwise(channels, stage > 0 && i == 0 ? 2 : 1),
                        layers.pair(channels),
                        layers.convolution(channels, width, 1, 1),
                        layers.pair(width),
                        channels));
                channels = width;
            }
        }
        head = layers.head(channels, spec.classes());
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
            Map<String, Module> links = new LinkedHashMap<>();
            links.put("depthwise", block.depthwise);
            block.pair1.addTo(links, "1", abn, taps);
            links.put("pointwise", block.pointwise);
            block.pair2.addTo(links, "2", abn, taps);
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
        return layers.pairs();
    }

    @Override
    GradientPredictor predictor(int block, ParameterFactory factory) {
        return new ConvPredictor(factory, blocks.get(block).channelsIn, spec().classes());
    }
}
