package org.backpropaganda.reversible.abn;

import java.util.Arrays;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.backpropaganda.autograd.kernel.RowLoop;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;

/** The channels of a norm that cannot be had back from its output, whose normalised values are kept: [rows, k]. */
final class LostChannels {
    private final int channels;
    private final int[] lost;

    private LostChannels(int channels, int[] lost) {
        this.channels = channels;
        this.lost = lost;
    }

    static LostChannels of(int channels, IntStream lost) {
        return new LostChannels(channels, lost.toArray());
    }

    /** So many, whichever: for runs on shapes, where the number alone counts. */
    static LostChannels counted(int channels, int count) {
        return of(channels, IntStream.range(0, count));
    }

    boolean none() {
        return lost.length == 0;
    }

    boolean all() {
        return lost.length == channels;
    }

    int count() {
        return lost.length;
    }

    /** By channel. */
    boolean[] flags() {
        boolean[] flags = new boolean[channels];
        for (int c : lost) {
            flags[c] = true;
        }
        return flags;
    }

    /** The columns of x, before x is overwritten. */
    Tensor columnsOf(TensorScope scope, Tensor x) {
        long rows = x.elements() / channels;
        Tensor columns = scope.allocate(Shape.of(rows, lost.length), x.dtype());
        RowLoop.run(
                rows,
                1,
                0,
                (r, sums) -> {
                    for (int i = 0; i < lost.length; i++) {
                        r[0][i] = r[1][lost[i]];
                    }
                },
                columns,
                x);
        return columns;
    }

    /** {@code columns = (columns - mean) / √(variance + ε)} with the statistics of each channel, [C]. */
    void normaliseByChannel(Tensor columns, Tensor mean, Tensor variance, double epsilon) {
        if (!columns.hasValues()) {
            return;
        }
        double[] means = mean.toDoubles();
        double[] variances = variance.toDoubles();
        RowLoop.run(
                columns.shape().dim(0),
                1,
                0,
                (r, sums) -> {
                    for (int i = 0; i < lost.length; i++) {
                        r[0][i] = (r[0][i] - means[lost[i]]) / Math.sqrt(variances[lost[i]] + epsilon);
                    }
                },
                columns);
    }

    /** Puts columns back in their places. */
    void scatter(Tensor columns, Tensor into) {
        RowLoop.run(
                columns.shape().dim(0),
                1,
                0,
                (r, sums) -> {
                    for (int i = 0; i < lost.length; i++) {
                        r[0][lost[i]] = r[1][i];
                    }
                },
                into,
                columns);
    }

    /** As in {@code "3 of 16 channels (0, 4, 7)"}. */
    @Override
    public String toString() {
        int most = 8;
        String names = Arrays.stream(lost).limit(most).mapToObj(String::valueOf).collect(Collectors.joining(", "));
        return lost.length + " of " + channels + " channels (" + names + (lost.length > most ? ", …" : "") + ")";
    }
}
