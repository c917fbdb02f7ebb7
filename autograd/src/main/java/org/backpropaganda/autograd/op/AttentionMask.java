package org.backpropaganda.autograd.op;

import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.kernel.HostLoop;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/** Which keys a query may attend to. */
final class AttentionMask {
    private static final long GRAIN = 64;
    private static final double HIDDEN = Double.NEGATIVE_INFINITY;

    private final int heads;
    private final boolean causal;
    private final boolean @Nullable [] attended;

    private AttentionMask(int heads, boolean causal, boolean @Nullable [] attended) {
        this.heads = heads;
        this.causal = causal;
        this.attended = attended;
    }

    static AttentionMask of(int heads, boolean causal, @Nullable Tensor mask) {
        if (mask == null) {
            return new AttentionMask(heads, causal, null);
        }
        int count = Math.toIntExact(mask.elements());
        boolean[] attended = new boolean[count];
        if (!mask.hasValues()) {
            return new AttentionMask(heads, causal, attended);
        }
        HostLoop.Row values = HostLoop.row(mask, 0, count);
        for (int i = 0; i < count; i++) {
            attended[i] = values.get(i) != 0;
        }
        return new AttentionMask(heads, causal, attended);
    }

    boolean isCausal() {
        return causal;
    }

    /** Scores that must not count become −∞; rows without any other become 0 and are cleared {@link #clear after softmax}. */
    void hide(Tensor scores, AttentionBlocks.Block block, long allKeys) {
        if (!scores.hasValues()) {
            return;
        }
        if (attended == null) {
            if (causal) {
                HostLoop.fillBehind(scores, (int) block.keys(), row -> block.row() + row % block.rows() + 1, HIDDEN);
            }
            return;
        }
        eachRow(scores, block, allKeys, (row, image, query, seen) -> {
            int keys = (int) block.keys();
            for (int key = 0; key < keys; key++) {
                if (seen == 0) {
                    row.set(key, 0);
                } else if (!sees(image, query, key, allKeys)) {
                    row.set(key, HIDDEN);
                }
            }
        });
    }

    /** Weights of queries that may attend to nothing become 0. */
    void clear(Tensor weights, AttentionBlocks.Block block, long allKeys) {
        if (attended == null || !weights.hasValues()) {
            return;
        }
        eachRow(weights, block, allKeys, (row, image, query, seen) -> {
            if (seen == 0) {
                for (int key = 0; key < block.keys(); key++) {
                    row.set(key, 0);
                }
            }
        });
    }

    private boolean sees(long image, long query, long key, long allKeys) {
        return (!causal || key <= query) && (attended == null || attended[(int) (image * allKeys + key)]);
    }

    /** Whether every query may attend to every key. */
    boolean hidesNothing() {
        return attended == null && !causal;
    }

    /**
     * Numbers for pairs of queries and keys, as a constant.
     *
     * @param dy [B, T, ...], whose tape and element type the numbers get
     * @param seen where the query may attend to the key
     * @param hidden where it may not, but to another
     * @param blind where it may attend to none
     * @return [B, 1, T, S], or [1, 1, T, S] where all images are alike
     */
    Variable numbers(Variable dy, long keys, double seen, double hidden, double blind) {
        long images = attended == null ? 1 : dy.shape().dim(0);
        long queries = dy.shape().dim(1);
        Tensor numbers = dy.tape()
                .scope()
                .allocate(Shape.of(images, 1, queries, keys), dy.spec().dtype());
        for (long at = 0; numbers.hasValues() && at < images * queries; at++) {
            HostLoop.Row row = HostLoop.row(numbers, at, (int) keys);
            boolean any = false;
            for (int key = 0; key < keys; key++) {
                boolean sees = sees(at / queries, at % queries, key, keys);
                row.set(key, sees ? seen : hidden);
                any |= sees;
            }
            for (int key = 0; key < keys && !any; key++) {
                row.set(key, blind);
            }
        }
        Variable constant = dy.tape().constant(numbers);
        numbers.close();
        return constant;
    }

    private interface RowBody {
        void run(HostLoop.Row row, long image, long query, int seen);
    }

    private void eachRow(Tensor scores, AttentionBlocks.Block block, long allKeys, RowBody body) {
        int keys = (int) block.keys();
        scores.engine().parallel(block.images() * heads * block.rows(), GRAIN, (from, to) -> {
            for (long at = from; at < to; at++) {
                long image = block.image() + at / (heads * block.rows());
                long query = block.row() + at % block.rows();
                int seen = 0;
                for (int key = 0; key < keys; key++) {
                    seen += sees(image, query, key, allKeys) ? 1 : 0;
                }
                if (seen < keys) {
                    body.run(HostLoop.row(scores, at, keys), image, query, seen);
                }
            }
        });
    }
}
