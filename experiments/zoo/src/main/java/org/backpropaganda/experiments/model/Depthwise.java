package org.backpropaganda.experiments.model;

import java.util.ArrayList;
import java.util.List;
import org.backpropaganda.autograd.nn.Pool2d;
import org.backpropaganda.autograd.technique.Chain;
import org.backpropaganda.autograd.technique.Part;
import org.backpropaganda.autograd.technique.Run;

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
        return (long) Stages.COUNT * depth;
    }

    @Override
    public String depthUnit() {
        return "blocks a stage";
    }

    @Override
    public Chain describe(ModelSpec spec, Layers layers) {
        Chain stem = Chain.empty()
                .with("stem", layers.convolution(spec.channels(), spec.width(), 3, 1))
                .with(layers.pair("", spec.width()));
        Stages stages = new Stages(spec);
        List<Part> blocks = new ArrayList<>();
        for (int i = 0; i < stages.blocks(); i++) {
            int from = stages.channelsInto(i);
            int to = stages.channelsOf(i);
            blocks.add(layers.counted(Chain.empty()
                    .with("depthwise", layers.depthwise(from, stages.strideOf(i)))
                    .with(layers.pair("1", from))
                    .with("pointwise", layers.convolution(from, to, 1, 1))
                    .with(layers.pair("2", to))));
        }
        return stem.with("blocks", new Run(blocks, stages.cut()))
                .with("pool", Pool2d.globalAverage())
                .with("head", layers.head(stages.channelsInto(blocks.size()), spec.classes()));
    }
}
