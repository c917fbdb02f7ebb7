package org.backpropaganda.experiments.model;

/**
 * What is held between loss and backward, by hand: bytes of doubles, batch 4, 8×8 pixels, width 8, depth 4. Every op is
 * taken at its word: convolutions and linear layers keep their input, batch norms their input and two statistics a
 * channel, leaky ReLU a bit a number, in-place batch norm its output and one statistic a channel. A buffer that two ops
 * keep is held once. Images belong to the input.
 */
final class SavedBytes {
    /** Probabilities of the loss. */
    static final long LOSS = 4 * 10 * 8;

    /** A coupling's half of the channels. */
    static final long HALF = 4 * 8 * 8 * 4 * 8;

    static final long HALF_STATISTIC = 4 * 8;

    /** Twice convolution, batch norm, leaky ReLU. */
    static final long FUNCTION = 2 * (2 * HALF + 2 * HALF_STATISTIC + HALF / 64);

    /** The first in-place norm's output is the second convolution's input. */
    static final long ABN_FUNCTION = 3 * HALF + 2 * HALF_STATISTIC;

    /** What reading both of a coupling's results and predicting classes from them keeps. */
    static final long REVNET_END = LOSS + 4 * 8 * 8;

    /** What a reversible step holds at most: both streams, and one function whose input is among them. */
    static long reversing(long function) {
        return 2 * HALF + function - HALF;
    }

    /** An image of a stage. */
    static long image(int stage) {
        return (4L * 8 * 8 * 8 * 8) >> stage;
    }

    static long statistic(int stage) {
        return (8L * 8) << stage;
    }

    /** Convolution, batch norm, leaky ReLU, convolution, batch norm, sum, leaky ReLU; or the second pair on its own. */
    static long block(int stage) {
        return 4 * image(stage) + 4 * statistic(stage) + image(stage) / 32;
    }

    /** A block behind a stage of larger images, and its shortcut's batch norm. */
    static long halvingBlock(int stage) {
        return block(stage) - image(stage) + image(stage - 1) + image(stage) + 2 * statistic(stage);
    }

    /** The batch norm of the sum is no pair. */
    static long abnBlock(int stage) {
        return 3 * image(stage) + 3 * statistic(stage) + image(stage) / 64;
    }

    static long halvingAbnBlock(int stage) {
        return abnBlock(stage) + image(stage - 1) + 2 * statistic(stage);
    }

    /** Depthwise convolutions halve the image before the pointwise one doubles the channels. */
    static long halvingDepthwise(int stage) {
        long between = image(stage) / 2;
        return image(stage - 1)
                + (2 * between + 2 * statistic(stage - 1) + between / 64)
                + (image(stage) + 2 * statistic(stage) + image(stage) / 64);
    }

    /** Both outputs of a block; its input is the last block's. */
    static long abnDepthwise(int stage) {
        return 2 * image(stage) + 2 * statistic(stage);
    }

    static long halvingAbnDepthwise(int stage) {
        return image(stage) / 2 + statistic(stage - 1) + image(stage) + statistic(stage);
    }

    /** The first batch norm and its activation. */
    static final long STEM = image(0) + 2 * statistic(0) + image(0) / 64;

    static final long STAGES_END = LOSS + 4 * 32 * 8;

    static final long ROWS = 4 * 8 * 8;
    static final long MLP_BLOCK = 2 * ROWS + 2 * 8 * 8 + ROWS / 64;
    static final long MLP_ABN = ROWS + 8 * 8;

    static final long TOKENS = 4 * 64 * 8 * 8;

    /** Mean and deviation of each token. */
    static final long TOKEN_STATISTICS = 2 * 4 * 64 * 8;

    /**
     * Two norms with their inputs, the input of three projections, query, key, value, the input of the fourth, that of the
     * first layer of four times the width, and its output before and behind the activation.
     */
    static final long ATTENTION_BLOCK = 2 * TOKEN_STATISTICS + (2 + 1 + 3 + 1 + 1 + 4 + 4) * TOKENS;

    static final long TRANSFORMER_END = TOKENS + TOKEN_STATISTICS + ROWS + LOSS;

    /** Outputs, four gates, and two states from before the first step. */
    static final long LSTM_LAYER = 5 * TOKENS + 2 * ROWS;

    static final long LSTM_STEPS = 4 * 64 * 3 * 8;

    private SavedBytes() {}
}
