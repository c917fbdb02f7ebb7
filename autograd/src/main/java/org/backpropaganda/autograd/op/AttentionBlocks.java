package org.backpropaganda.autograd.op;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.backpropaganda.autograd.kernel.Kernels;
import org.backpropaganda.autograd.kernel.MatrixStack;
import org.backpropaganda.autograd.kernel.SoftmaxKernel;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/** Attention a block of queries at a time. */
final class AttentionBlocks {
    /** Scores of a block, so that it stays in the cache. */
    private static final long SCORES = 1 << 17;

    /** Fewer rows leave the products of matrices too little to do. */
    private static final long FEWEST_ROWS = 64;

    private final Kernels kernels;
    private final Function<Shape, Tensor> room;
    private final MatrixStack q;
    private final MatrixStack k;
    private final MatrixStack v;
    private final int heads;
    private final AttentionMask mask;
    private final double scale;

    /**
     * Attention of some tensors.
     *
     * @param room makes tensors that are closed here
     */
    AttentionBlocks(
            Kernels kernels,
            Function<Shape, Tensor> room,
            Tensor q,
            Tensor k,
            Tensor v,
            int heads,
            AttentionMask mask) {
        this.kernels = kernels;
        this.room = room;
        this.q = MatrixStack.heads(q, heads);
        this.k = MatrixStack.heads(k, heads);
        this.v = MatrixStack.heads(v, heads);
        this.heads = heads;
        this.mask = mask;
        this.scale = 1 / Math.sqrt((double) this.q.columns());
    }

    /**
     * Some queries of some images, and the keys that they may attend to.
     *
     * @param image,images the first image and how many
     * @param row,rows the first query and how many
     * @param keys from the first on
     */
    record Block(long image, long images, long row, long rows, long keys) {}

    /**
     * Of each image the last queries come first: their keys are all that any query attends to. Where there are no values, the
     * first images stand for all: no others take more room.
     */
    private List<Block> blocks() {
        long rows = Math.min(q.rows(), Math.max(FEWEST_ROWS, SCORES / (heads * k.rows())));
        long images = rows < q.rows() ? 1 : Math.min(q.outer(), Math.max(1, SCORES / (heads * rows * k.rows())));
        List<Block> blocks = new ArrayList<>();
        long all = q.tensor().hasValues() ? q.outer() : images;
        for (long image = 0; image < all; image += images) {
            long count = Math.min(images, q.outer() - image);
            for (long end = q.rows(); end > 0; end -= rows) {
                long row = Math.max(0, end - rows);
                blocks.add(new Block(image, count, row, end - row, mask.isCausal() ? end : k.rows()));
            }
        }
        return blocks;
    }

    private MatrixStack queries(MatrixStack stack, Block block) {
        return stack.outer(block.image, block.images).rows(block.row, block.rows);
    }

    private static MatrixStack keys(MatrixStack stack, Block block) {
        return stack.outer(block.image, block.images).rows(0, block.keys);
    }

    private MatrixStack square(Tensor tensor, Block block) {
        return MatrixStack.dense(tensor, block.images, heads, block.rows, block.keys);
    }

    private Tensor room(Block block) {
        return room.apply(Shape.of(block.images * heads * block.rows, block.keys));
    }

    /** The weights of a block; to be closed. */
    private Tensor weights(Block block) {
        Tensor p = room(block);
        kernels.matmul().multiply(queries(q, block), keys(k, block).transposed(), scale, square(p, block), false);
        mask.hide(p, block, k.rows());
        kernels.softmax().forward(p, p);
        mask.clear(p, block, k.rows());
        return p;
    }

    void forward(Tensor y) {
        MatrixStack out = MatrixStack.heads(y, heads);
        for (Block block : blocks()) {
            Tensor p = weights(block);
            kernels.matmul().multiply(square(p, block), keys(v, block), 1, queries(out, block), false);
            p.close();
        }
    }

    /** Overwrites the gradients that are wanted. */
    void backward(Tensor dy, @Nullable Tensor dq, @Nullable Tensor dk, @Nullable Tensor dv) {
        MatrixStack dOut = MatrixStack.heads(dy, heads);
        for (Block block : blocks()) {
            boolean first = block.row + block.rows == q.rows();
            Tensor p = weights(block);
            MatrixStack dYs = queries(dOut, block);
            if (dv != null) {
                add(square(p, block).transposed(), dYs, 1, keys(MatrixStack.heads(dv, heads), block), !first);
            }
            if (dq != null || dk != null) {
                Tensor ds = room(block);
                add(dYs, keys(v, block).transposed(), 1, square(ds, block), false);
                kernels.softmax().backward(SoftmaxKernel.Function.SOFTMAX, 1, p, ds, ds);
                if (dq != null) {
                    add(square(ds, block), keys(k, block), scale, queries(MatrixStack.heads(dq, heads), block), false);
                }
                if (dk != null) {
                    MatrixStack to = keys(MatrixStack.heads(dk, heads), block);
                    add(square(ds, block).transposed(), queries(q, block), scale, to, !first);
                }
                ds.close();
            }
            p.close();
        }
    }

    private void add(MatrixStack a, MatrixStack b, double factor, MatrixStack out, boolean accumulate) {
        kernels.matmul().multiply(a, b, factor, out, accumulate);
    }
}
