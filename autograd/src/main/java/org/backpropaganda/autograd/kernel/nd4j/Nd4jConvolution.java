package org.backpropaganda.autograd.kernel.nd4j;

import org.backpropaganda.autograd.kernel.ConvolutionKernel;
import org.backpropaganda.autograd.kernel.CopyKernel;
import org.backpropaganda.autograd.kernel.Window;
import org.backpropaganda.autograd.kernel.nd4j.Blas.Matrix;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.autograd.tensor.MemoryKind;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.jspecify.annotations.Nullable;

/*
 * BLAS on patches, not ND4J's conv2d and conv2d_bp: those have no groups, do not accumulate, take many times the input in
 * scratch and are slow in double.
 */
final class Nd4jConvolution implements ConvolutionKernel {
    /** Elements of the patches made at a time, 2 MiB: more would leave the cache, less would starve BLAS. */
    private static final int TILE = 1 << 18;

    private final CopyKernel copy;

    Nd4jConvolution(CopyKernel copy) {
        this.copy = copy;
    }

    @Override
    public void forward(Window window, int groups, Tensor x, Tensor w, @Nullable Tensor bias, Tensor y) {
        if (bias != null && y.hasValues()) {
            copy.copy(
                    y.shape(), bias, 0, new long[] {0, 0, 0, 1}, y, 0, y.shape().strides(), false);
        }
        try (Work work = new Work(x.engine(), window, groups, x.shape(), w)) {
            work.readWeights(w);
            work.forEachTile(x, (from, count, patches) -> {
                if (patches != x) {
                    work.patches.gather(new Doubles(x), from, count, new Doubles(patches));
                }
                for (int g = 0; g < groups; g++) {
                    Blas.gemm(
                            work.windows(count),
                            work.groupOutputs,
                            work.patches.groupRow(),
                            work.patchesOf(g, patches),
                            false,
                            work.weightsOf(g),
                            true,
                            bias != null ? 1 : 0,
                            work.outputsOf(g, y, from));
                }
            });
        }
    }

    @Override
    public void backwardData(Window window, int groups, Tensor dy, Tensor w, Tensor dx, boolean accumulate) {
        try (Work work = new Work(dx.engine(), window, groups, dx.shape(), w)) {
            work.readWeights(w);
            boolean direct = work.patches.areTheImage();
            if (!direct && !accumulate) {
                dx.zero();
            }
            work.forEachTile(dx, (from, count, patches) -> {
                for (int g = 0; g < groups; g++) {
                    Blas.gemm(
                            work.windows(count),
                            work.patches.groupRow(),
                            work.groupOutputs,
                            work.outputsOf(g, dy, from),
                            false,
                            work.weightsOf(g),
                            false,
                            direct && accumulate ? 1 : 0,
                            work.patchesOf(g, patches));
                }
                if (!direct) {
                    work.patches.scatter(new Doubles(patches), from, count, new Doubles(dx));
                }
            });
        }
    }

    @Override
    public void backwardWeights(Window window, int groups, Tensor x, Tensor dy, Tensor dw, boolean accumulate) {
        try (Work work = new Work(x.engine(), window, groups, x.shape(), dw)) {
            work.forEachTile(x, (from, count, patches) -> {
                if (patches != x) {
                    work.patches.gather(new Doubles(x), from, count, new Doubles(patches));
                }
                for (int g = 0; g < groups; g++) {
                    Blas.gemm(
                            work.groupOutputs,
                            work.patches.groupRow(),
                            work.windows(count),
                            work.outputsOf(g, dy, from),
                            true,
                            work.patchesOf(g, patches),
                            false,
                            from > 0 ? 1 : 0,
                            work.weightsOf(g));
                }
            });
            work.writeWeights(dw, accumulate);
        }
    }

    private interface TileBody {
        /** Output lines [from, from + count) and the matrix of their patches. */
        void accept(long from, int count, Tensor patches);
    }

    /** Scratch and matrices of one call. */
    private final class Work implements AutoCloseable {
        private final Patches patches;
        private final long outputs;
        private final long groupOutputs;
        private final TensorScope scratch;
        /** The weights in the order of a patch: [O, kH, kW, I/groups]. */
        private final Tensor weights;

        private final Shape reordered;
        private final long[] weightStrides;

        Work(Engine engine, Window window, int groups, Shape image, Tensor w) {
            patches = new Patches(engine, window, groups, image);
            outputs = w.shape().dim(0);
            groupOutputs = outputs / groups;
            reordered = Shape.of(
                    outputs, w.shape().dim(2), w.shape().dim(3), w.shape().dim(1));
            long[] strides = w.shape().strides();
            weightStrides = new long[] {strides[0], strides[2], strides[3], strides[1]};
            scratch = engine.scope("kernels");
            weights = scratch.allocate(reordered, DType.DOUBLE, MemoryKind.SCRATCH);
        }

        void readWeights(Tensor w) {
            if (weights.hasValues()) {
                copy.copy(reordered, w, 0, weightStrides, weights, 0, reordered.strides(), false);
            }
        }

        void writeWeights(Tensor w, boolean accumulate) {
            if (weights.hasValues()) {
                copy.copy(reordered, weights, 0, reordered.strides(), w, 0, weightStrides, accumulate);
            }
        }

        void forEachTile(Tensor image, TileBody body) {
            if (patches.areTheImage()) {
                if (weights.hasValues()) {
                    body.accept(0, Math.toIntExact(patches.lines()), image);
                }
                return;
            }
            long line = (long) patches.windowsOnALine() * patches.row();
            int lines = (int) Math.max(1, Math.min(patches.lines(), TILE / line));
            Tensor tile = scratch.allocate(Shape.of(lines, line), DType.DOUBLE, MemoryKind.SCRATCH);
            for (long from = 0; weights.hasValues() && from < patches.lines(); from += lines) {
                body.accept(from, (int) Math.min(lines, patches.lines() - from), tile);
            }
        }

        long windows(int lines) {
            return (long) lines * patches.windowsOnALine();
        }

        Matrix patchesOf(int group, Tensor tile) {
            return new Matrix(tile, (long) group * patches.groupRow(), patches.row());
        }

        Matrix weightsOf(int group) {
            return new Matrix(weights, group * groupOutputs * patches.groupRow(), patches.groupRow());
        }

        Matrix outputsOf(int group, Tensor y, long fromLine) {
            return new Matrix(y, fromLine * patches.windowsOnALine() * outputs + group * groupOutputs, outputs);
        }

        @Override
        public void close() {
            scratch.close();
        }
    }
}
