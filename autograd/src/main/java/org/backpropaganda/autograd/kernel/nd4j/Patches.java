package org.backpropaganda.autograd.kernel.nd4j;

import java.util.Arrays;
import org.backpropaganda.autograd.kernel.Window;
import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.autograd.tensor.Shape;

/**
 * What the windows of a convolution see: one row a window, ordered (group, kernel row, kernel column, channel of the
 * group), so that the convolution of a group is a product with a slice of columns. Made for some lines of the output at
 * a time: all patches together would take kernelH kernelW times the image.
 */
final class Patches {
    private final Engine engine;
    private final Window window;
    private final int groups;
    private final int height;
    private final int width;
    private final int channels;
    private final int outH;
    private final int outW;
    private final int groupChannels;
    /** Elements of a row that belong to one group. */
    private final int groupRow;
    /** Elements of a row. */
    private final int row;

    private final long images;

    /** Patches of images of shape [N, H, W, I]. */
    Patches(Engine engine, Window window, int groups, Shape image) {
        this.engine = engine;
        this.window = window;
        this.groups = groups;
        images = image.dim(0);
        height = Math.toIntExact(image.dim(1));
        width = Math.toIntExact(image.dim(2));
        channels = Math.toIntExact(image.dim(3));
        outH = Math.toIntExact(window.outH(height));
        outW = Math.toIntExact(window.outW(width));
        groupChannels = channels / groups;
        groupRow = Math.multiplyExact(groupChannels, window.kernelH() * window.kernelW());
        row = Math.multiplyExact(groupRow, groups);
    }

    /** Elements of a row. */
    int row() {
        return row;
    }

    /** Elements of a row that belong to one group. */
    int groupRow() {
        return groupRow;
    }

    /** Windows on a line of the output. */
    int windowsOnALine() {
        return outW;
    }

    /** Lines of the output, of all images together. */
    long lines() {
        return images * outH;
    }

    /** Whether the image itself is the matrix of patches. */
    boolean areTheImage() {
        return window.kernelH() == 1
                && window.kernelW() == 1
                && window.strideH() == 1
                && window.strideW() == 1
                && window.padH() == 0
                && window.padW() == 0;
    }

    /** Writes the patches of the output lines [from, from + count). */
    void gather(Doubles image, long from, int count, Doubles patches) {
        int lineElements = Math.multiplyExact(outW, row);
        engine.parallel(count, grain(lineElements), (start, end) -> {
            double[] out = new double[lineElements];
            double[] line = new double[width * channels];
            for (long i = start; i < end; i++) {
                long imageNumber = (from + i) / outH;
                int top = (int) ((from + i) % outH) * window.strideH() - window.padH();
                Arrays.fill(out, 0);
                for (int kh = 0; kh < window.kernelH(); kh++) {
                    int y = top + kh * window.dilationH();
                    if (y >= 0 && y < height) {
                        image.read((imageNumber * height + y) * line.length, line, line.length);
                        spread(line, kh, out);
                    }
                }
                patches.write(i * lineElements, out, lineElements);
            }
        });
    }

    /** Puts what kernel row {@code kh} sees of a line of the image into the patches of a line of the output. */
    private void spread(double[] line, int kh, double[] out) {
        for (int ow = 0; ow < outW; ow++) {
            for (int kw = 0; kw < window.kernelW(); kw++) {
                int x = ow * window.strideW() - window.padW() + kw * window.dilationW();
                if (x < 0 || x >= width) {
                    continue;
                }
                int to = ow * row + (kh * window.kernelW() + kw) * groupChannels;
                for (int g = 0; g < groups; g++) {
                    System.arraycopy(line, x * channels + g * groupChannels, out, to + g * groupRow, groupChannels);
                }
            }
        }
    }

    /** Adds the patches of the output lines [from, from + count) to the places of the image that they came from. */
    void scatter(Doubles patches, long from, int count, Doubles image) {
        long firstImage = from / outH;
        long endImage = (from + count - 1) / outH + 1;
        long grain = grain(Math.multiplyExact(width * channels, window.kernelH()));
        // Each piece owns lines of the image: no two threads add to the same place, and the order is fixed.
        engine.parallel((endImage - firstImage) * height, grain, (start, end) -> {
            double[] line = new double[width * channels];
            double[] taps = new double[row];
            for (long i = start; i < end; i++) {
                long imageLine = firstImage * height + i;
                boolean touched = false;
                for (int kh = 0; kh < window.kernelH(); kh++) {
                    int below = (int) (imageLine % height) + window.padH() - kh * window.dilationH();
                    int oh = below / window.strideH();
                    long at = imageLine / height * outH + oh - from;
                    if (below % window.strideH() != 0 || below < 0 || oh >= outH || at < 0 || at >= count) {
                        continue;
                    }
                    if (!touched) {
                        image.read(imageLine * line.length, line, line.length);
                        touched = true;
                    }
                    collect(patches, at * outW * row, kh, taps, line);
                }
                if (touched) {
                    image.write(imageLine * line.length, line, line.length);
                }
            }
        });
    }

    private void collect(Doubles patches, long at, int kh, double[] taps, double[] line) {
        int first = kh * window.kernelW() * groupChannels;
        int count = (groups - 1) * groupRow + window.kernelW() * groupChannels;
        for (int ow = 0; ow < outW; ow++) {
            patches.read(at + (long) ow * row + first, taps, count);
            for (int kw = 0; kw < window.kernelW(); kw++) {
                int x = ow * window.strideW() - window.padW() + kw * window.dilationW();
                if (x < 0 || x >= width) {
                    continue;
                }
                for (int g = 0; g < groups; g++) {
                    int to = x * channels + g * groupChannels;
                    int tap = g * groupRow + kw * groupChannels;
                    for (int c = 0; c < groupChannels; c++) {
                        line[to + c] += taps[tap + c];
                    }
                }
            }
        }
    }

    private static long grain(int elementsEach) {
        return Math.max(1, Doubles.GRAIN / elementsEach);
    }
}
