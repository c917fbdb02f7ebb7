package org.backpropaganda.experiments.model;

import java.util.ArrayList;
import java.util.List;
import org.backpropaganda.autograd.kernel.Window;
import org.backpropaganda.autograd.nn.BatchNorm;
import org.backpropaganda.autograd.nn.Pool2d;
import org.backpropaganda.autograd.nn.Residual;
import org.backpropaganda.autograd.technique.Chain;
import org.backpropaganda.autograd.technique.Composite;
import org.backpropaganda.autograd.technique.Cut;
import org.backpropaganda.autograd.technique.Part;
import org.backpropaganda.autograd.technique.Run;

/**
 * {@code resnet50}, the residual network of bottlenecks for ImageNet: a 7×7 stem of stride 2 to C channels, a 3×3 maximum of
 * stride 2, four stages of blocks, the mean over space, and a linear head. A block is three convolutions, 1×1 to as many channels
 * as its stage has, 3×3, and 1×1 to four times as many; stages have C, 2C, 4C and 8C. The first block of a stage has a 1×1
 * convolution with batch norm as its shortcut, and behind the first stage halves the image. Depth is the number of blocks of the
 * first stage, to which the others stand as 3 to 4, 6 and 3: with depth 3 and width 64 it is ResNet-50.
 *
 * <p>Source: He et al. 2016, "Deep Residual Learning for Image Recognition", § 4.1 and Table 1. Deviations: leaky ReLU; the 3×3
 * convolution of a block halves the image and not the first 1×1, which is known as version 1.5: Goyal et al. 2017, "Accurate,
 * Large Minibatch SGD", § 5.1.
 */
public final class Resnet50 implements Architecture {
    private static final int STAGES = 4;
    private static final int EXPANSION = 4;
    private static final int IMAGES = 4;

    @Override
    public String name() {
        return "resnet50";
    }

    @Override
    public long blocks(int depth) {
        long blocks = 0;
        for (int stage = 0; stage < STAGES; stage++) {
            blocks += blocks(stage, depth);
        }
        return blocks;
    }

    /** Of one stage; a third of a block is none. */
    private static long blocks(int stage, long depth) {
        return switch (stage) {
            case 1 -> (4 * depth + 1) / 3;
            case 2 -> 2 * depth;
            default -> depth;
        };
    }

    @Override
    public String depthUnit() {
        return "blocks in the first stage";
    }

    @Override
    public Chain describe(ModelSpec spec, Layers layers) {
        Chain stem = Chain.empty()
                .with("stem", layers.convolution(spec.channels(), spec.width(), 7, 2))
                .with(layers.pair("", spec.width()))
                .with("maxpool", Pool2d.max(Window.square(3, 2, 1)));
        List<Part> blocks = new ArrayList<>();
        List<Integer> channels = new ArrayList<>(List.of(spec.width()));
        for (int stage = 0; stage < STAGES; stage++) {
            int within = spec.width() << stage;
            for (int i = 0; i < blocks(stage, spec.depth()); i++) {
                int stride = stage > 0 && i == 0 ? 2 : 1;
                blocks.add(layers.counted(block(layers, channels.get(blocks.size()), within, stride)));
                channels.add(EXPANSION * within);
            }
        }
        return stem.with("blocks", new Run(blocks, new Cut(IMAGES, channels::get, spec.classes())))
                .with("pool", Pool2d.globalAverage())
                .with("head", layers.head(channels.get(blocks.size()), spec.classes()));
    }

    private static Part block(Layers layers, int from, int within, int stride) {
        int to = EXPANSION * within;
        Chain body = Chain.empty()
                .with("conv1", layers.convolution(from, within, 1, 1))
                .with(layers.pair("1", within))
                .with("conv2", layers.convolution(within, within, 3, stride))
                .with(layers.pair("2", within))
                .with("conv3", layers.convolution(within, to, 1, 1))
                .with("norm3", new BatchNorm(layers.factory(), to));
        Part residual = from == to
                ? new Composite(List.of(body), parts -> new Residual(parts.get(0)))
                : new Composite(
                        List.of(body, Resnet.shortcut(layers, from, to, stride)),
                        parts -> new Residual(parts.get(0), parts.get(1)));
        return Chain.empty().with("residual", residual).with("act", layers.activation());
    }
}
