package org.backpropaganda.autograd.op;

import java.util.Arrays;
import org.backpropaganda.autograd.kernel.HostLoop;
import org.backpropaganda.autograd.tensor.Tensor;

/**
 * Images [N, H', W', C] whose pixels are weighted sums of pixels of others [N, H, W, C], the weights being products of one
 * for the row and one for the column; and the transpose of that map. Sums are taken in double, in one order whatever the
 * number of threads.
 */
final class Resampling {
    private static final long GRAIN_ELEMENTS = 1 << 13;

    private final Taps rows;
    private final Taps columns;

    Resampling(Taps rows, Taps columns) {
        this.rows = rows;
        this.columns = columns;
    }

    /**
     * The weighted sums.
     *
     * @param x [N, H, W, C]. Not modified
     * @param y [N, H', W', C]. Modified
     */
    void forward(Tensor x, Tensor y) {
        long height = x.shape().dim(1);
        int channels = Math.toIntExact(x.shape().dim(3));
        forEachRow(y, rowElements(x), (image, i, from, sums) -> {
            for (int a = 0; a < rows.count(i); a++) {
                row(x, image * height + rows.first(i) + a).read(from);
                for (int j = 0; j < columns.places(); j++) {
                    for (int b = 0; b < columns.count(j); b++) {
                        double weight = rows.weight(i, a) * columns.weight(j, b);
                        add(weight, from, (columns.first(j) + b) * channels, sums, j * channels, channels);
                    }
                }
            }
        });
    }

    /**
     * The gradient of x.
     *
     * @param dy [N, H', W', C]. Not modified
     * @param dx [N, H, W, C]. Modified
     */
    void transposed(Tensor dy, Tensor dx) {
        int channels = Math.toIntExact(dx.shape().dim(3));
        forEachRow(dx, rowElements(dy), (image, h, from, sums) -> {
            for (int i = 0; i < rows.places(); i++) {
                int a = h - rows.first(i);
                if (a < 0 || a >= rows.count(i)) {
                    continue;
                }
                row(dy, image * rows.places() + i).read(from);
                for (int j = 0; j < columns.places(); j++) {
                    for (int b = 0; b < columns.count(j); b++) {
                        double weight = rows.weight(i, a) * columns.weight(j, b);
                        add(weight, from, j * channels, sums, (columns.first(j) + b) * channels, channels);
                    }
                }
            }
        });
    }

    private interface RowBody {
        /** Adds up a row of an image, with room for a row of what it is made of. */
        void sum(long image, int row, double[] from, double[] sums);
    }

    private static void forEachRow(Tensor images, int room, RowBody body) {
        long height = images.shape().dim(1);
        int width = rowElements(images);
        long grain = Math.max(1, GRAIN_ELEMENTS / width);
        images.engine().parallel(images.shape().dim(0) * height, grain, (first, last) -> {
            double[] from = new double[room];
            double[] sums = new double[width];
            for (long number = first; number < last; number++) {
                Arrays.fill(sums, 0);
                body.sum(number / height, (int) (number % height), from, sums);
                HostLoop.Row to = row(images, number);
                for (int k = 0; k < width; k++) {
                    to.set(k, sums[k]);
                }
            }
        });
    }

    private static int rowElements(Tensor images) {
        return Math.toIntExact(images.shape().dim(2) * images.shape().dim(3));
    }

    private static HostLoop.Row row(Tensor images, long number) {
        return HostLoop.row(images, number, rowElements(images));
    }

    private static void add(double weight, double[] from, int source, double[] to, int target, int count) {
        for (int c = 0; c < count; c++) {
            to[target + c] += weight * from[source + c];
        }
    }
}
