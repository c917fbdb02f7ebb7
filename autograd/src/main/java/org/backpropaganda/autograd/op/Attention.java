package org.backpropaganda.autograd.op;

import java.util.List;
import org.backpropaganda.autograd.graph.BackwardCall;
import org.backpropaganda.autograd.graph.ForwardCall;
import org.backpropaganda.autograd.graph.GradientCall;
import org.backpropaganda.autograd.graph.Operands;
import org.backpropaganda.autograd.graph.Saves;
import org.backpropaganda.autograd.graph.TwiceDifferentiable;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorSpec;
import org.jspecify.annotations.Nullable;

/**
 * Scaled dot-product attention of several heads, whose weights are never stored: a block of queries at a time meets all
 * keys, and backward computes each block again.
 *
 * <pre>
 * y     = softmax(q kᵀ / √D) v, for each image and head
 * shape : q [B, T, H·D], k [B, S, H·D], v [B, S, H·E], mask [B, S] of INT (may be absent) → y [B, T, H·E]
 * saves : q, k, v, the mask
 * vjp   : dv += pᵀ dy; ds = p (dy vᵀ − rows(p, dy vᵀ)); dq += ds k / √D; dk += dsᵀ q / √D
 * </pre>
 *
 * Keys whose mask is 0 are not attended to; a query that may attend to none gives zeros. Source: Vaswani et al. 2017,
 * "Attention Is All You Need", § 3.2; recomputation by blocks: Dao et al. 2022, "FlashAttention", § 3.1. Departure: a block
 * holds whole rows, so that its softmax is computed again from q and k alone and no log-sum-exp is kept.
 *
 * @param heads H, which divides the last axes
 * @param causal whether a query attends to no key behind its own position; then T = S
 */
public record Attention(int heads, boolean causal) implements TwiceDifferentiable {

    /** Attention to all keys, or with {@code causal} to those not behind. */
    public static Variable attention(Variable q, Variable k, Variable v, int heads, boolean causal) {
        return q.tape().apply(new Attention(heads, causal), q, k, v);
    }

    /** Attention to the keys whose mask is not 0, or with {@code causal} to those of them not behind. */
    public static Variable attention(Variable q, Variable k, Variable v, Variable mask, int heads, boolean causal) {
        return q.tape().apply(new Attention(heads, causal), q, k, v, mask);
    }

    @Override
    public TensorSpec infer(List<TensorSpec> in) {
        Checks.require(in.size() == 3 || in.size() == 4, name(), "takes q, k, v and perhaps a mask, got " + in);
        Checks.dtype(name(), in.subList(0, 3));
        Checks.rank(name(), "q", in.get(0), 3, "[B, T, H·D]");
        Checks.rank(name(), "k", in.get(1), 3, "[B, S, H·D]");
        Checks.rank(name(), "v", in.get(2), 3, "[B, S, H·E]");
        Shape q = in.get(0).shape();
        Shape k = in.get(1).shape();
        Shape v = in.get(2).shape();
        Checks.require(
                k.dim(0) == q.dim(0) && k.dim(2) == q.dim(2), name(), "k " + k + " must be [B, S, H·D] as q " + q);
        Checks.require(
                v.dim(0) == k.dim(0) && v.dim(1) == k.dim(1), name(), "v " + v + " must be [B, S, H·E] as k " + k);
        Checks.require(
                heads >= 1 && q.dim(2) % heads == 0 && v.dim(2) % heads == 0,
                name(),
                heads + " heads do not divide q " + q + " and v " + v);
        Checks.require(
                !causal || q.dim(1) == k.dim(1),
                name(),
                "causal attention needs as many keys as queries: q " + q + ", k " + k);
        Checks.require(
                in.size() == 3 || in.get(3).equals(new TensorSpec(Shape.of(k.dim(0), k.dim(1)), DType.INT)),
                name(),
                "mask " + in.get(in.size() - 1) + " must be INT" + Shape.of(k.dim(0), k.dim(1)));
        return in.get(0).with(q.with(-1, v.dim(2)));
    }

    @Override
    public Saves saves(Operands operands) {
        Saves saves = Saves.none().input(0).input(1).input(2);
        return operands.specs().size() == 4 ? saves.input(3) : saves;
    }

    @Override
    public long multiplyAdds(Operands inputs, TensorSpec output) {
        return inputs.spec(0).shape().dim(0)
                * inputs.spec(0).shape().dim(1)
                * inputs.spec(1).shape().dim(1)
                * (inputs.spec(0).shape().dim(2) + inputs.spec(2).shape().dim(2));
    }

    @Override
    public void forward(ForwardCall call) {
        AttentionMask mask = AttentionMask.of(heads, causal, call.inputs().size() == 4 ? call.input(3) : null);
        new AttentionBlocks(
                        call.kernels(),
                        shape -> call.scratch(shape, call.output().dtype()),
                        call.input(0),
                        call.input(1),
                        call.input(2),
                        heads,
                        mask)
                .forward(call.output());
    }

    @Override
    public void vjp(BackwardCall call) {
        AttentionMask mask = AttentionMask.of(heads, causal, call.inputs() == 4 ? call.input(3) : null);
        @Nullable Tensor[] gradients = new @Nullable Tensor[3];
        for (int i = 0; i < gradients.length; i++) {
            gradients[i] = call.needs(i)
                    ? call.temporary(call.spec(i).shape(), call.dy().dtype())
                    : null;
        }
        new AttentionBlocks(
                        call.kernels(),
                        shape -> call.temporary(shape, call.dy().dtype()),
                        call.input(0),
                        call.input(1),
                        call.input(2),
                        heads,
                        mask)
                .backward(call.dy(), gradients[0], gradients[1], gradients[2]);
        for (int i = 0; i < gradients.length; i++) {
            Tensor gradient = gradients[i];
            if (gradient != null) {
                call.give(i, gradient);
            }
        }
    }

    @Override
    public void gradient(GradientCall call) {
        AttentionMask mask = AttentionMask.of(
                heads, causal, call.inputs() == 4 ? call.input(3).value() : null);
        new AttentionGradient(call, heads, mask).give();
    }
}
