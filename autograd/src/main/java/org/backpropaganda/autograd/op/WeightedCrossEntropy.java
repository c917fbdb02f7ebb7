package org.backpropaganda.autograd.op;

import java.util.List;
import org.backpropaganda.autograd.graph.BackwardCall;
import org.backpropaganda.autograd.graph.ForwardCall;
import org.backpropaganda.autograd.graph.Op;
import org.backpropaganda.autograd.graph.Operands;
import org.backpropaganda.autograd.graph.Saves;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.kernel.HostLoop;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorSpec;

/**
 * Cross-entropy of the softmax of logits against smoothed class labels, averaged with weights. Source of the smoothing:
 * Szegedy et al. 2016, "Rethinking the Inception Architecture for Computer Vision", section 7. Without smoothing and
 * weights this is {@link SoftmaxCrossEntropy}.
 *
 * <pre>
 * y     = −Σ_b ((1 − ε) w_label log p_label + (ε/C) Σ_c w_c log p_c) / Σ_b w_label, p = softmax(x_b)
 * shape : x [B, C], labels [B] of INT in [0, C) → y []
 * saves : the probabilities and the labels
 * vjp   : dx_b,c += dy (p_c ((1 − ε) w_label + ε Σ w / C) − (1 − ε) w_label [c = label] − ε w_c / C) / Σ_b w_label,
 *         0 in ignored rows
 * </pre>
 *
 * @param smoothing ε, in [0, 1]
 * @param weights w_c by class, and a label that is ignored
 */
public record WeightedCrossEntropy(double smoothing, LabelWeights weights) implements Op {

    /** Checks the smoothing. */
    public WeightedCrossEntropy {
        Checks.require(
                smoothing >= 0 && smoothing <= 1,
                "weightedCrossEntropy",
                "smoothing " + smoothing + " is not within [0, 1]");
    }

    /** Weighted mean of cross-entropies with smoothed labels. */
    public static Variable weightedCrossEntropy(
            Variable logits, Variable labels, double smoothing, LabelWeights weights) {
        return logits.tape().apply(new WeightedCrossEntropy(smoothing, weights), logits, labels);
    }

    @Override
    public String name() {
        return "weightedCrossEntropy";
    }

    @Override
    public TensorSpec infer(List<TensorSpec> in) {
        TensorSpec output = Checks.labelled(name(), "logits", in);
        weights.checkCount(name(), in.get(0).shape());
        return output;
    }

    @Override
    public Saves saves(Operands operands) {
        return Saves.none().input(1).extra("probabilities", operands.spec(0));
    }

    @Override
    public void forward(ForwardCall call) {
        Tensor logits = call.input(0);
        Tensor kept = call.extra(0);
        Tensor probabilities = kept != null ? kept : call.scratch(logits.shape(), logits.dtype());
        call.kernels().softmax().forward(logits, probabilities);
        int classes = Math.toIntExact(logits.shape().dim(1));
        int rows = Math.toIntExact(logits.shape().dim(0));
        HostLoop.Row labels = HostLoop.row(call.input(1), 0, rows);
        double normalizer = weights.normalizer(name(), labels, rows, classes);
        double sum = 0;
        for (int b = 0; b < rows; b++) {
            int label = (int) labels.get(b);
            if (!weights.ignores(label)) {
                HostLoop.Row row = HostLoop.row(logits, b, classes);
                double log = SoftmaxCrossEntropy.logProbability(
                        HostLoop.row(probabilities, b, classes), row, classes, label);
                sum += (1 - smoothing) * weights.of(label) * -log + smoothed(row, classes, row.get(label) - log);
            }
        }
        call.output().fill(sum * normalizer);
        if (kept == null) {
            probabilities.close();
        }
    }

    /** −(ε/C) Σ_c w_c (x_c − log Σ exp(x)). */
    private double smoothed(HostLoop.Row logits, int classes, double logSumExp) {
        double sum = 0;
        for (int c = 0; smoothing > 0 && c < classes; c++) {
            sum += weights.of(c) * (logSumExp - logits.get(c));
        }
        return sum * smoothing / classes;
    }

    @Override
    public void vjp(BackwardCall call) {
        Tensor dx = call.temporary(call.spec(0).shape(), call.spec(0).dtype()).zero();
        int classes = Math.toIntExact(dx.shape().dim(1));
        int rows = Math.toIntExact(dx.shape().dim(0));
        HostLoop.Row labels = HostLoop.row(call.input(1), 0, rows);
        double scale = call.dy().item() * weights.normalizer(name(), labels, rows, classes);
        double uniform = smoothing / classes;
        for (int b = 0; b < rows; b++) {
            int label = (int) labels.get(b);
            if (!weights.ignores(label)) {
                HostLoop.Row probabilities = HostLoop.row(call.extra(0), b, classes);
                HostLoop.Row row = HostLoop.row(dx, b, classes);
                double sharp = (1 - smoothing) * weights.of(label);
                double total = sharp + uniform * weights.sumOfClasses(classes);
                for (int c = 0; c < classes; c++) {
                    double target = uniform * weights.of(c) + (c == label ? sharp : 0);
                    row.set(c, scale * (total * probabilities.get(c) - target));
                }
            }
        }
        call.give(0, dx);
    }
}
