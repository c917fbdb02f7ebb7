package org.backpropaganda.autograd.check;

import org.backpropaganda.autograd.kernel.HostLoop;
import org.backpropaganda.autograd.tensor.Tensor;

/**
 * How large the elements of a tensor are.
 *
 * @param elements how many
 * @param mean of the finite ones
 * @param rootMeanSquare of the finite ones
 * @param zeros how many are 0
 * @param nans how many are NaN
 * @param infinities how many are infinite
 */
public record Magnitude(long elements, double mean, double rootMeanSquare, long zeros, long nans, long infinities) {
    private static final int SUM = 0;
    private static final int SQUARES = 1;
    private static final int ZEROS = 2;
    private static final int NANS = 3;
    private static final int INFINITIES = 4;

    /** Reads a {@code FLOAT} or {@code DOUBLE} tensor once. */
    public static Magnitude of(Tensor tensor) {
        double[] total = HostLoop.sum(INFINITIES + 1, Magnitude::add, tensor);
        double finite = Math.max(1, tensor.elements() - total[NANS] - total[INFINITIES]);
        return new Magnitude(
                tensor.elements(),
                total[SUM] / finite,
                Math.sqrt(total[SQUARES] / finite),
                (long) total[ZEROS],
                (long) total[NANS],
                (long) total[INFINITIES]);
    }

    private static void add(double[] sums, double value) {
        if (Double.isNaN(value)) {
            sums[NANS]++;
        } else if (Double.isInfinite(value)) {
            sums[INFINITIES]++;
        } else {
            sums[SUM] += value;
            sums[SQUARES] += value * value;
            sums[ZEROS] += value == 0 ? 1 : 0;
        }
    }

    /** Whether no element is NaN or infinite. */
    public boolean isFinite() {
        return nans == 0 && infinities == 0;
    }
}
