package org.backpropaganda.autograd.op;

import java.util.List;
import org.backpropaganda.autograd.graph.BackwardCall;
import org.backpropaganda.autograd.graph.ForwardCall;
import org.backpropaganda.autograd.graph.GradientCall;
import org.backpropaganda.autograd.graph.Operands;
import org.backpropaganda.autograd.graph.Saves;
import org.backpropaganda.autograd.graph.TwiceDifferentiable;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.kernel.HostLoop;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
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
public record WeightedCrossEntropy(double smoothing, LabelWeights weights) implements TwiceDifferentiable {

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
        double scale = call.dy().item();
        forEachRow(call.input(1), classes, (b, label, normalizer) -> {
            HostLoop.Row probabilities = HostLoop.row(call.extra(0), b, classes);
            HostLoop.Row row = HostLoop.row(dx, b, classes);
            for (int c = 0; c < classes; c++) {
                row.set(
                        c,
                        scale
                                * normalizer
                                * (total(label, classes) * probabilities.get(c) - target(label, c, classes)));
            }
        });
        call.give(0, dx);
    }

    private interface RowBody {
        /** A row that is not ignored; {@code normalizer} is one over the sum of the weights of all rows. */
        void run(int row, int label, double normalizer);
    }

    private void forEachRow(Tensor labels, int classes, RowBody body) {
        int rows = Math.toIntExact(labels.elements());
        HostLoop.Row numbers = HostLoop.row(labels, 0, rows);
        double normalizer = weights.normalizer(name(), numbers, rows, classes);
        for (int b = 0; b < rows; b++) {
            int label = (int) numbers.get(b);
            if (!weights.ignores(label)) {
                body.run(b, label, normalizer);
            }
        }
    }

    /** (1 − ε) w_label [c = label] + ε w_c / C. */
    private double target(int label, int c, int classes) {
        return smoothing / classes * weights.of(c) + (c == label ? (1 - smoothing) * weights.of(label) : 0);
    }

    /** The sum of a row's targets. */
    private double total(int label, int classes) {
        return (1 - smoothing) * weights.of(label) + smoothing / classes * weights.sumOfClasses(classes);
    }

    @Override
    public void gradient(GradientCall call) {
        Tensor labels = call.input(1).value();
        int classes = Math.toIntExact(call.spec(0).shape().dim(1));
        TensorScope scope = call.tape().scope();
        Tensor targets =
                scope.allocate(call.spec(0).shape(), call.spec(0).dtype()).zero();
        Tensor totals = scope.allocate(
                        call.spec(0).shape().with(1, 1), call.spec(0).dtype())
                .zero();
        if (labels.hasValues()) {
            forEachRow(labels, classes, (b, label, normalizer) -> {
                HostLoop.row(totals, b, 1).set(0, normalizer * total(label, classes));
                HostLoop.Row row = HostLoop.row(targets, b, classes);
                for (int c = 0; c < classes; c++) {
                    row.set(c, normalizer * target(label, c, classes));
                }
            });
        }
        Variable target = constant(call, targets);
        Variable total = constant(call, totals);
        Variable probabilities = call.extraAs(new Softmax(1), 0, 0);
        Variable excess = Subtract.subtract(Multiply.multiply(probabilities, total), target);
        target.release();
        total.release();
        call.give(0, Multiply.multiply(call.dy(), excess));
    }

    private static Variable constant(GradientCall call, Tensor tensor) {
        Variable constant = call.tape().constant(tensor);
        tensor.close();
        return constant;
    }
}
