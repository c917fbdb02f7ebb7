package org.backpropaganda.autograd.op;

import org.backpropaganda.autograd.graph.GradientCall;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.tensor.Shape;

/**
 * The rule of {@link Attention}'s gradients written with ops. Unlike the op's own backward it holds the weights of all heads,
 * [B, H, T, S], because they are differentiated again.
 */
final class AttentionGradient {
    /** So low a score that its exponential is 0 beside any other. */
    private static final double HIDDEN = -1e30;

    private final GradientCall call;
    private final int heads;
    private final AttentionMask mask;

    AttentionGradient(GradientCall call, int heads, AttentionMask mask) {
        this.call = call;
        this.heads = heads;
        this.mask = mask;
    }

    void give() {
        Variable q = split(call.input(0));
        Variable k = split(call.input(1));
        Variable dy = split(call.dy());
        double scale = 1 / Math.sqrt((double) q.shape().dim(-1));
        Variable p = weights(Scale.scale(BatchMatMul.batchMatMul(q, Transpose.transpose(k)), scale));
        if (call.needs(2)) {
            call.give(2, joined(BatchMatMul.batchMatMul(Transpose.transpose(p), dy)));
        }
        if (!call.needs(0) && !call.needs(1)) {
            return;
        }
        Variable dp = BatchMatMul.batchMatMul(dy, Transpose.transpose(split(call.input(2))));
        Variable weighted = Multiply.multiply(p, dp);
        Variable ds =
                Scale.scale(Subtract.subtract(weighted, Multiply.multiply(p, Sum.sumKeepingAxes(weighted, 3))), scale);
        if (call.needs(0)) {
            call.give(0, joined(BatchMatMul.batchMatMul(ds, k)));
        }
        if (call.needs(1)) {
            call.give(1, joined(BatchMatMul.batchMatMul(Transpose.transpose(ds), q)));
        }
    }

    /** The softmax of what may be attended to; zeros for a query that may attend to nothing. */
    private Variable weights(Variable scores) {
        if (mask.hidesNothing()) {
            return Softmax.softmax(scores);
        }
        long keys = scores.shape().dim(3);
        Variable hidden = mask.numbers(call.dy(), keys, 0, HIDDEN, 0);
        Variable seen = mask.numbers(call.dy(), keys, 1, 0, 0);
        Variable weights = Multiply.multiply(Softmax.softmax(Add.add(scores, hidden)), seen);
        hidden.release();
        seen.release();
        return weights;
    }

    /** [B, T, H·D] → [B, H, T, D]. */
    private Variable split(Variable x) {
        Shape shape = x.shape();
        return Transpose.transpose(
                Reshape.reshape(x, shape.dim(0), shape.dim(1), heads, shape.dim(2) / heads), 0, 2, 1, 3);
    }

    /** [B, H, T, D] → [B, T, H·D]. */
    private static Variable joined(Variable x) {
        Shape shape = x.shape();
        return Reshape.reshape(
                Transpose.transpose(x, 0, 2, 1, 3), shape.dim(0), shape.dim(2), shape.dim(1) * shape.dim(3));
    }
}
