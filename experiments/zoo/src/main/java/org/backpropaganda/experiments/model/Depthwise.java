package org.backpropaganda.experiments.model;

import org.backpropaganda.autograd.technique.Chain;

/**
 * {@code depthwise}: three stages of blocks with C, 2C and 4C channels: a depthwise 3×3 convolution and a pointwise one, each
 * with batch norm and (leaky) ReLU. A stage after the first halves the image in its first block.
 *
 * <p>Source: Howard et al. 2017, "MobileNets", § 3.1 and 3.2. Deviations: sizes for images of 32×32; leaky ReLU.
 */
public final class Depthwise implements Architecture {
    @Override
    public String name() {
        return "depthwise";
    }

    @Override
    public long blocks(int depth) {
        return Stages.blocks(depth);
    }

    @Override
    public String depthUnit() {
        return "blocks a stage";
    }

    @Override
    public Chain describe(ModelSpec spec, Layers layers) {
        return new Stages(spec)
                .network(
                        layers,
                        (from, to, stride) -> Chain.empty()
                                .with("depthwise", layers.depthwise(from, stride))
                                .with(layers.pair("1", from))
                                .with("pointwise", layers.convolution(from, to, 1, 1))
                                .with(layers.pair("2", to)));
    }
}
