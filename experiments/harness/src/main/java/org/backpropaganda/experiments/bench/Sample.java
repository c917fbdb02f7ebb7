package org.backpropaganda.experiments.bench;

import java.util.SplittableRandom;

/**
 * The one batch that every contender trains on.
 *
 * @param images [batch, side, side, channels], row-major
 * @param labels of each image
 */
@SuppressWarnings("ArrayRecordComponent") // a carrier, never compared
public record Sample(float[] images, int[] labels) {

    /** The batch of a workload: numbers in [-1, 1), and a label each. */
    public static Sample of(Workload workload) {
        SplittableRandom random = new SplittableRandom(1);
        int pixels = workload.side() * workload.side() * workload.channels();
        float[] images = new float[workload.batch() * pixels];
        for (int i = 0; i < images.length; i++) {
            images[i] = (float) random.nextDouble(-1, 1);
        }
        int[] labels = random.ints(workload.batch(), 0, workload.classes()).toArray();
        return new Sample(images, labels);
    }
}
