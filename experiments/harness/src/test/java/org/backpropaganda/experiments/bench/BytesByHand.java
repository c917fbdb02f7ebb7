package org.backpropaganda.experiments.bench;

/**
 * What a plain training step in {@code FLOAT} has to hold, counted from the architecture by hand: 4 bytes an element, 1 bit
 * for the sign of an activation. A batch norm with its ReLU keeps its input, two vectors of statistics and the signs; a
 * convolution or linear layer keeps its input; sums, splits, joins and means keep nothing.
 *
 * @param weights elements of all parameters
 * @param statistics elements of running statistics
 * @param saved bytes held between the loss and backward, without those of the loss itself
 * @param widest bytes of the largest tensor between two layers
 */
record BytesByHand(long weights, long statistics, long saved, long widest) {
    private static final long CLASSES = 10;
    private static final long FLOAT = 4;

    /** Input and statistics of a batch norm. */
    private static long norm(long elements, long channels) {
        return FLOAT * elements + 2 * FLOAT * channels;
    }

    private static long signs(long elements) {
        return elements / 8;
    }

    private static long head(long inputs) {
        return inputs * CLASSES + CLASSES;
    }

    /** Layers of equal width without bias, each with a batch norm and a ReLU, and a head. */
    static BytesByHand mlp(long depth, long width, long batch, long inputs) {
        long elements = batch * width;
        return new BytesByHand(
                inputs * width + (depth - 1) * width * width + depth * 2 * width + head(width),
                depth * 2 * width,
                depth * (norm(elements, width) + signs(elements) + FLOAT * elements),
                FLOAT * elements);
    }

    /** A 3×3 stem with bias, couplings of two functions of a 3×3 convolution and a batch norm with ReLU each, and a head. */
    static BytesByHand chain(long depth, long width, long batch, long side, long channels) {
        long half = width / 2;
        long stream = batch * side * side * half;
        long functions = 2 * depth;
        return new BytesByHand(
                9 * channels * width + width + functions * (9 * half * half + 2 * half) + head(width),
                functions * 2 * half,
                functions * (FLOAT * stream + norm(stream, half) + signs(stream)) + FLOAT * batch * width,
                FLOAT * stream);
    }

    /**
     * A 3×3 stem, three stages of residual blocks of two 3×3 convolutions, each stage of half the side and twice the
     * channels of the one before, whose first block has a 1×1 convolution beside it, and a head.
     */
    static BytesByHand resnet(long depth, long width, long batch, long side, long channels) {
        long before = batch * side * side * width;
        long weights = 9 * channels * width + 2 * width;
        long statistics = 2 * width;
        long saved = norm(before, width) + signs(before);
        long inputs = width;
        for (int stage = 0; stage < 3; stage++) {
            long outputs = width << stage;
            long elements = batch * (side >> stage) * (side >> stage) * outputs;
            for (int block = 0; block < depth; block++) {
                weights += 9 * inputs * outputs + 9 * outputs * outputs + 4 * outputs;
                statistics += 4 * outputs;
                saved += FLOAT * before
                        + norm(elements, outputs)
                        + signs(elements)
                        + FLOAT * elements
                        + norm(elements, outputs)
                        + signs(elements);
                if (inputs != outputs) {
                    weights += inputs * outputs + 2 * outputs;
                    statistics += 2 * outputs;
                    saved += norm(elements, outputs);
                }
                inputs = outputs;
                before = elements;
            }
        }
        return new BytesByHand(
                weights + head(inputs),
                statistics,
                saved + FLOAT * batch * inputs,
                FLOAT * batch * side * side * width);
    }

    /** Of images and labels. */
    static long batch(Workload workload) {
        long image = (long) workload.side() * workload.side() * workload.channels();
        return workload.batch() * (FLOAT * image + FLOAT);
    }
}
