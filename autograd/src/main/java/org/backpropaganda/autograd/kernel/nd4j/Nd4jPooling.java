package org.backpropaganda.autograd.kernel.nd4j;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import org.backpropaganda.autograd.kernel.PoolingKernel;
import org.backpropaganda.autograd.kernel.Window;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;
import org.jspecify.annotations.Nullable;

final class Nd4jPooling implements PoolingKernel {
    /** The tap of a window that has seen no element yet. */
    private static final int NONE = -1;

    // Java, because no op of ND4J says which tap of a window won.
    @Override
    public void maxForward(Window window, Tensor x, Tensor y, @Nullable Tensor indices) {
        Shape image = x.shape();
        int height = Math.toIntExact(image.dim(1));
        int width = Math.toIntExact(image.dim(2));
        int channels = Math.toIntExact(image.dim(3));
        int outH = Math.toIntExact(y.shape().dim(1));
        int outW = Math.toIntExact(y.shape().dim(2));
        Doubles from = new Doubles(x);
        Doubles to = new Doubles(y);
        x.engine().parallel(image.dim(0) * outH, grain(window, outW * channels), (start, end) -> {
            double[] line = new double[width * channels];
            double[] best = new double[outW * channels];
            int[] taps = new int[outW * channels];
            byte[] packed = new byte[outW * channels];
            for (long i = start; i < end; i++) {
                Arrays.fill(best, Double.NEGATIVE_INFINITY);
                Arrays.fill(taps, NONE);
                for (int kh = 0; kh < window.kernelH(); kh++) {
                    int row = (int) (i % outH) * window.strideH() - window.padH() + kh * window.dilationH();
                    if (row >= 0 && row < height) {
                        from.read((i / outH * height + row) * line.length, line, line.length);
                        takeMaxima(window, kh, line, channels, best, taps);
                    }
                }
                to.write(i * best.length, best, best.length);
                if (indices != null) {
                    for (int j = 0; j < taps.length; j++) {
                        packed[j] = (byte) Math.max(0, taps[j]);
                    }
                    indices.buffer(i * packed.length, packed.length).put(packed);
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

    @Override
    public void maxBackward(Window window, Tensor dy, Tensor indices, Tensor dx) {
        int height = Math.toIntExact(dx.shape().dim(1));
        int width = Math.toIntExact(dx.shape().dim(2));
        int channels = Math.toIntExact(dx.shape().dim(3));
        int outH = Math.toIntExact(dy.shape().dim(1));
        int outW = Math.toIntExact(dy.shape().dim(2));
        Doubles from = new Doubles(dy);
        Doubles to = new Doubles(dx);
        dx.zero();
        // A piece is whole images: windows of one image may overlap.
        dx.engine().parallel(dx.shape().dim(0), grain(Window.square(1, 1, 0), outH * outW * channels), (start, end) -> {
            double[] line = new double[outW * channels];
            for (long i = start * outH; i < end * outH; i++) {
                from.read(i * line.length, line, line.length);
                ByteBuffer taps = indices.buffer(i * line.length, line.length);
                int top = (int) (i % outH) * window.strideH() - window.padH();
                for (int j = 0; j < line.length; j++) {
                    int tap = taps.get(j) & 0xFF;
                    int row = top + tap / window.kernelW() * window.dilationH();
                    int column = j / channels * window.strideW()
                            - window.padW()
                            + tap % window.kernelW() * window.dilationW();
                    // A window that lies in the padding altogether has no place in the image.
                    if (row >= 0 && row < height && column >= 0 && column < width) {
                        long at = ((i / outH * height + row) * width + column) * channels + j % channels;
                        to.set(at, to.get(at) + line[j]);
                    }
                }
            }
        });
    }

    private static long grain(Window window, int elements) {
        return Math.max(1, Doubles.GRAIN / ((long) elements * window.kernelH() * window.kernelW()));
    }

    @Override
    public void averageForward(Window window, boolean countPadding, Tensor x, Tensor y) {
        Nd4jOps.run("avgpool2d", List.of(x), y, arguments(window, countPadding));
    }

    @Override
    public void averageBackward(Window window, boolean countPadding, Tensor dy, Tensor dx) {
        // Of its first input the op reads the shape alone.
        Nd4jOps.run("avgpool2d_bp", List.of(dx, dy), dx, arguments(window, countPadding));
    }

    private static long[] arguments(Window window, boolean countPadding) {
        long explicitPadding = 0;
        long channelsLast = 1;
        return new long[] {
            window.kernelH(),
            window.kernelW(),
            window.strideH(),
            window.strideW(),
            window.padH(),
            window.padW(),
            window.dilationH(),
            window.dilationW(),
            explicitPadding,
            countPadding ? 1 : 0,
            channelsLast
        };
    }
}
