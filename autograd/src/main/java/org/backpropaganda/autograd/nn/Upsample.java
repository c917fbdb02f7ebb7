package org.backpropaganda.autograd.nn;

import org.backpropaganda.autograd.op.UpsampleBilinear;
import org.backpropaganda.autograd.op.UpsampleNearest;

/** Enlargements as layers: x [N, H, W, C] → [N, factor · H, factor · W, C]. */
public final class Upsample {
    private Upsample() {}

    /** Every pixel repeated. */
    public static Activation nearest(int factor) {
        return new Activation(x -> UpsampleNearest.upsampleNearest(x, factor));
    }

    /**
     * Pixels interpolated.
     *
     * @param alignCorners whether the outermost pixels' centres, rather than their edges, fall together
     */
    public static Activation bilinear(int factor, boolean alignCorners) {
        return new Activation(x -> UpsampleBilinear.upsampleBilinear(x, factor, alignCorners));
    }
}
