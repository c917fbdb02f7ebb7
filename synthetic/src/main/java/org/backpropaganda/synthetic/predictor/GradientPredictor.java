package org.backpropaganda.synthetic.predictor;

import java.util.ArrayList;
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

    /** How many tensors of a boundary it is called with, and predicts the gradients of: one unless it says otherwise. */
    public int streams() {
        return 1;
    }

    /** How many results its call returns: one for each stream, and behind them whatever else {@link #slopes} reads. */
    public int results() {
        return streams();
    }

    /**
     * Differentiates what it is trained on, so that the gradients of its parameters come to those of the tape.
     *
     * @param replay recorded the call
     * @param results of the call
     */
    public final void learn(Tape replay, List<Variable> results, Lesson lesson) {
        learn(replay, results, List.of(lesson));
    }

    /**
     * Differentiates what it is trained on at a boundary of several tensors, so that the gradients of its parameters come to those
     * of the tape.
     *
     * @param replay recorded the call
     * @param results of the call
     * @param lessons one for each stream
     */
    public final void learn(Tape replay, List<Variable> results, List<Lesson> lessons) {
        List<Slope> slopes = slopes(results, lessons);
        if (!slopes.isEmpty()) {
            replay.backward(
                    slopes.stream().map(Slope::result).toList(),
                    slopes.stream().map(Slope::gradient).toList());
        }
    }

    /**
     * What it is trained on: the slopes of R in results of its call, from which backward begins. Others return more than M
     * and learn from that, or learn from more than the gradient.
     *
     * @param results of its call, recorded: {@link #results} many
     * @param lessons one for each stream
     * @return none where nothing learns
     */
    public List<Slope> slopes(List<Variable> results, List<Lesson> lessons) {
        List<Slope> slopes = new ArrayList<>();
        for (int i = 0; i < streams(); i++) {
            if (results.get(i).requiresGradient()) {
                slopes.add(regression(results.get(i), lessons.get(i)));
            }
        }
        return slopes;
    }

    /** Of {@code R = (1/P) Σ_p ‖M_p − P δ_p‖²} in a result M, over the bytes of the prediction: {@code 2 (ĝ − δ)}. */
    private static Slope regression(Variable perPosition, Lesson lesson) {
        Tensor slope = lesson.prediction();
        Kernels.of(slope).binary().apply(BinaryKernel.Function.SUBTRACT, slope, lesson.target(), slope);
        scale(slope, 2, slope);
        return new Slope(perPosition, slope);
    }

    /** {@code to = factor · from}. */
    static void scale(Tensor from, double factor, Tensor to) {
        Kernels.of(from).eltwise().forward(EltwiseKernel.Function.SCALE, factor, from, to);
    }
}
