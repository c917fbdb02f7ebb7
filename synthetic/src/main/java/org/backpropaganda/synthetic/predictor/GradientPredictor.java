package org.backpropaganda.synthetic.predictor;

import java.util.List;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.kernel.BinaryKernel;
import org.backpropaganda.autograd.kernel.EltwiseKernel;
import org.backpropaganda.autograd.kernel.Kernels;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.tensor.Tensor;

/**
 * Predicts the gradient at a boundary from the boundary itself, and perhaps from the labels.
 *
 * <p>For implementers: called with {@code [h]}, or with {@code [h, labels]} if {@link #isConditioned()}, h [B, ...] and
 * labels [B] of INT, it returns M(h, labels) of the shape of h. M is in units of one position, whatever the batch and the
 * size of images; P is the number of positions, all sizes of h but the last multiplied: B for [B, C], B H W for
 * [B, H, W, C].
 *
 * <pre>
 * ĝ = M(h, labels) / P                          the prediction of the gradient δ of a loss that is a mean over B
 * R = (1/P) Σ_p ‖M(h, labels)_p − P δ_p‖²       what M is trained on; dR/dM = 2 (ĝ − δ)
 * </pre>
 *
 * Where the loss is only a share s of a step ({@link org.backpropaganda.autograd.graph.TapeBuilder#share}), ĝ is s M / P
 * and δ the gradient of s times the loss: dR/dM over all the parts of a batch adds up to that of the whole.
 *
 * <p>A batch given twice over halves each δ_p, and leaves R and its gradient as they are. Neither h nor labels get a
 * gradient of R. In a step M runs once to predict and once more, as a replay, to be trained: nothing of it is kept in
 * between. Start from M = 0, so that modules are not moved by noise before there is anything to predict.
 *
 * <p>Source: Jaderberg et al. 2017, "Decoupled Neural Interfaces using Synthetic Gradients", § 2. Deviation: the paper
 * regresses on δ itself, whose scale falls with P.
 */
public abstract class GradientPredictor extends Module {

    /** Whether it is called with labels. */
    public abstract boolean isConditioned();

    /**
     * Differentiates what it is trained on, so that the gradients of its parameters come to those of the tape. By default this
     * is R of the first result of its call; others return more and learn from that.
     *
     * @param replay recorded the call
     * @param results of the call: M, and whatever else it returned
     */
    public void learn(Tape replay, List<Variable> results, Lesson lesson) {
        regress(replay, results.get(0), lesson.prediction(), lesson.target());
    }

    /**
     * Differentiates {@code ‖ĝ − δ‖²} of a result in units of one position: {@code dR/dM = 2 (ĝ − δ)}. It does nothing
     * where M has no parameter that learns.
     *
     * @param prediction ĝ, of M's shape. Modified: holds dR/dM after
     * @param target δ. Not modified
     */
    protected static void regress(Tape replay, Variable perPosition, Tensor prediction, Tensor target) {
        if (perPosition.requiresGradient()) {
            Kernels.of(prediction).binary().apply(BinaryKernel.Function.SUBTRACT, prediction, target, prediction);
            scale(prediction, 2, prediction);
            replay.backward(List.of(perPosition), List.of(prediction));
        }
    }

    /** {@code to = factor · from}. */
    static void scale(Tensor from, double factor, Tensor to) {
        Kernels.of(from).eltwise().forward(EltwiseKernel.Function.SCALE, factor, from, to);
    }
}
