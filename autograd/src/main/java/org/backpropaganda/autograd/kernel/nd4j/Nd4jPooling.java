package org.backpropaganda.autograd.kernel.nd4j;

import java.nio.ByteBuffer;
import java.util.List;
import org.backpropaganda.autograd.kernel.MaxPoolLoop;
import org.backpropaganda.autograd.kernel.PoolingKernel;
import org.backpropaganda.autograd.kernel.Window;
import org.backpropaganda.autograd.tensor.Tensor;
import org.jspecify.annotations.Nullable;

final class Nd4jPooling implements PoolingKernel {
    @Override
    public void maxForward(Window window, Tensor x, Tensor y, @Nullable Tensor indices) {
        MaxPoolLoop.run(window, x, y, indices);
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
        dx.engine().parallel(dx.shape().dim(0), grain(outH * outW * channels), (start, end) -> {
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

    private static long grain(int elements) {
        return Math.max(1, Doubles.GRAIN / elements);
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
