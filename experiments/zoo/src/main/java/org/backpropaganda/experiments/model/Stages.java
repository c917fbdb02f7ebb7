package org.backpropaganda.experiments.model;

import java.util.ArrayList;
import java.util.List;
import org.backpropaganda.autograd.nn.Pool2d;
import org.backpropaganda.autograd.technique.Chain;
import org.backpropaganda.autograd.technique.Cut;
import org.backpropaganda.autograd.technique.Part;
import org.backpropaganda.autograd.technique.Run;

/** Three stages of equally many blocks with C, 2C and 4C channels; a stage after the first halves the image in its first block. */
record Stages(ModelSpec spec) {
    private static final int COUNT = 3;

    private static final int IMAGES = 4;

    /** A block. */
    @FunctionalInterface
    interface Block {
        /**
         * Makes a block's layers.
         *
         * @param from channels of its input
         * @param to channels of its output
         */
        Part of(int from, int to, int stride);
    }

    /** How many blocks a network has whose stages have {@code depth} each. */
    static long blocks(int depth) {
        return (long) COUNT * depth;
    }

    /** A 3×3 convolution with batch norm and activation, the stages, the mean over space and the classes. */
    Chain network(Layers layers, Block block) {
        Chain stem = Chain.empty()
                .with("stem", layers.convolution(spec.channels(), spec.width(), 3, 1))
                .with(layers.pair("", spec.width()));
        List<Part> blocks = new ArrayList<>();
        for (int i = 0; i < COUNT * spec.depth(); i++) {
            blocks.add(layers.counted(block.of(channelsInto(i), channelsOf(i), strideOf(i))));
        }
        return stem.with("blocks", new Run(blocks, new Cut(IMAGES, this::channelsInto, spec.classes())))
                .with("pool", Pool2d.globalAverage())
                .with("head", layers.head(channelsInto(blocks.size()), spec.classes()));
    }

    private int channelsOf(int block) {
        return spec.width() << (block / spec.depth());
    }

    /** Of what a block, or what follows the last one, reads. */
    private int channelsInto(int block) {
        return block == 0 ? spec.width() : channelsOf(block - 1);
    }

    private int strideOf(int block) {
        return block > 0 && block % spec.depth() == 0 ? 2 : 1;
    }
}
