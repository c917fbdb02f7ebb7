package org.backpropaganda.experiments.model;

import org.backpropaganda.autograd.technique.Cut;

/** Three stages of equally many blocks with C, 2C and 4C channels; a stage after the first halves the image in its first block. */
record Stages(ModelSpec spec) {
    static final int COUNT = 3;

    private static final int IMAGES = 4;

    int blocks() {
        return COUNT * spec.depth();
    }

    int channelsOf(int block) {
        return spec.width() << (block / spec.depth());
    }

    /** Of what a block, or what follows the last one, reads. */
    int channelsInto(int block) {
        return block == 0 ? spec.width() : channelsOf(block - 1);
    }

    int strideOf(int block) {
        return block > 0 && block % spec.depth() == 0 ? 2 : 1;
    }

    Cut cut() {
        return new Cut(IMAGES, this::channelsInto, spec.classes());
    }
}
