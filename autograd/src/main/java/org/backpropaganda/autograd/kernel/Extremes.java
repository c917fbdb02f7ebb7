package org.backpropaganda.autograd.kernel;

import org.backpropaganda.autograd.Internal;
import org.backpropaganda.autograd.tensor.Tensor;

/** The larger or smaller of two elements; NaN where either is, which neither oneDNN nor ND4J gives. */
@Internal
public final class Extremes {
    private Extremes() {}

    /** {@code out = max(a, b)} with broadcasting; out may be one of those that have its shape. */
    public static void maximum(Tensor a, Tensor b, Tensor out) {
        BroadcastLoop.run(FloatLoops.maximum(), DoubleLoops.maximum(), out, a, b);
    }

    /** {@code out = min(a, b)} with broadcasting; out may be one of those that have its shape. */
    public static void minimum(Tensor a, Tensor b, Tensor out) {
        BroadcastLoop.run(FloatLoops.minimum(), DoubleLoops.minimum(), out, a, b);
    }
}
