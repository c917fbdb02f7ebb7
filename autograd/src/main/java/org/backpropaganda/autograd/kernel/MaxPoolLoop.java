package org.backpropaganda.autograd.kernel;

import java.nio.ByteBuffer;
import java.util.Arrays;
import org.backpropaganda.autograd.Internal;
import org.backpropaganda.autograd.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * The maximum of each window in Java, for what no library does: ND4J does not say which tap won, and oneDNN passes over NaN.
 * NaN is larger than any number, the last of several wins, and a window without a pixel is −∞.
 */
@Internal
public final class MaxPoolLoop {
    /** The tap of a window that has seen no element yet. */
    private static final int NONE = -1;

    private static final long GRAIN_ELEMENTS = 1 << 14;

    private MaxPoolLoop() {}

    /**
     * The maximum of each window, and where in the window it was.
     *
     * @param x [N, H, W, C] of {@code FLOAT} or {@code DOUBLE}. Not modified
     * @param y [N, H', W', C]. Modified
     * @param indices {@code BYTE} of the shape of y, or none. Modified
     */
    public static void run(Window window, Tensor x, Tensor y, @Nullable Tensor indices) {
        int height = Math.toIntExact(x.shape().dim(1));
        int channels = Math.toIntExact(x.shape().dim(3));
        int inLine = Math.toIntExact(x.shape().dim(2) * channels);
        int outH = Math.toIntExact(y.shape().dim(1));
        int outLine = Math.toIntExact(y.shape().dim(2) * channels);
        long grain = Math.max(1, GRAIN_ELEMENTS / ((long) outLine * window.kernelH() * window.kernelW()));
        x.engine().parallel(x.shape().dim(0) * outH, grain, (start, end) -> {
            double[] line = new double[inLine];
            double[] best = new double[outLine];
            int[] taps = new int[outLine];
            byte[] packed = new byte[outLine];
            for (long i = start; i < end; i++) {
                Arrays.fill(best, Double.NEGATIVE_INFINITY);
                Arrays.fill(taps, NONE);
                for (int kh = 0; kh < window.kernelH(); kh++) {
                    int row = (int) (i % outH) * window.strideH() - window.padH() + kh * window.dilationH();
                    if (row >= 0 && row < height) {
                        HostLoop.row(x, i / outH * height + row, inLine).read(line);
                        takeMaxima(window, kh, line, channels, best, taps);
                    }
                }
                HostLoop.row(y, i, outLine).write(best);
                if (indices != null) {
                    for (int j = 0; j < taps.length; j++) {
                        packed[j] = (byte) Math.max(0, taps[j]);
                    }
                    ByteBuffer to = indices.buffer(i * packed.length, packed.length);
                    to.put(packed);
                }
            }
        });
    }

    private static void takeMaxima(Window window, int kh, double[] line, int channels, double[] best, int[] taps) {
        for (int ow = 0; ow * channels < best.length; ow++) {
            for (int kw = 0; kw < window.kernelW(); kw++) {
                int column = ow * window.strideW() - window.padW() + kw * window.dilationW();
                if (column < 0 || column * channels >= line.length) {
                    continue;
                }
                for (int c = 0; c < channels; c++) {
                    double value = line[column * channels + c];
                    int at = ow * channels + c;
                    if (value > best[at] || taps[at] == NONE || Double.isNaN(value)) {
                        best[at] = value;
                        taps[at] = kh * window.kernelW() + kw;
                    }
                }
            }
        }
    }
}
