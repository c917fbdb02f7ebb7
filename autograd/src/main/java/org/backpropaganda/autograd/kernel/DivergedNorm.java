package org.backpropaganda.autograd.kernel;

import java.util.Arrays;
import org.backpropaganda.autograd.Internal;
import org.backpropaganda.autograd.tensor.Tensor;

/**
 * A normalisation and a ReLU where a channel has become NaN or infinite: NaN stays NaN and lets its gradient through, as in
 * PyTorch. Loops in Java, because oneDNN's ReLU makes 0 of NaN.
 */
@Internal
public final class DivergedNorm {
    private DivergedNorm() {}

    /**
     * Whether results may be NaN: statistics, which anything in x that is not finite spoils, or weights are not finite.
     *
     * @param vectors [C]. Not modified
     */
    public static boolean is(Tensor... vectors) {
        return Arrays.stream(vectors)
                .flatMapToDouble(vector -> Arrays.stream(vector.toDoubles()))
                .anyMatch(value -> !Double.isFinite(value));
    }

    /** {@code y = max(y, 0)}, NaN where y is NaN. */
    public static void rectify(Tensor y) {
        HostLoop.run(1, FloatLoops.rectify(), DoubleLoops.rectify(), y);
    }

    /**
     * 1 where a rectified number lets its gradient through, −1 elsewhere.
     *
     * @param y rectified. Not modified
     * @param passes of its shape. Modified
     */
    public static void passes(Tensor y, Tensor passes) {
        HostLoop.run(1, FloatLoops.passes(), DoubleLoops.passes(), passes, y);
    }
}
