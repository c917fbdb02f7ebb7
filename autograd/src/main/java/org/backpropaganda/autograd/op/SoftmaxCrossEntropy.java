package org.backpropaganda.autograd.op;

import java.util.List;
import org.backpropaganda.autograd.graph.BackwardCall;
import org.backpropaganda.autograd.graph.ForwardCall;
import org.backpropaganda.autograd.graph.GradientCall;
import org.backpropaganda.autograd.graph.Operands;
import org.backpropaganda.autograd.graph.Saves;
import org.backpropaganda.autograd.graph.TwiceDifferentiable;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.kernel.EltwiseKernel;
import org.backpropaganda.autograd.kernel.HostLoop;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorSpec;

/**
 * Mean cross-entropy of the softmax of logits against class labels. {@link WeightedCrossEntropy} also smooths labels,
 * weights classes and ignores rows.
 *
 * <pre>
 * y     = −(1/B) Σ_b log softmax(x_b)[label_b]
 * shape : x [B, C], labels [B] of INT in [0, C) → y []
 * saves : the probabilities and the labels
 * vjp   : dx += dy (softmax(x) − onehot(labels)) / B
 * </pre>
 */
public record SoftmaxCrossEntropy() implements TwiceDifferentiable {
    private static final double SURELY_EXACT = 1e-30;

    /** Mean cross-entropy. */
    public static Variable crossEntropy(Variable logits, Variable labels) {
        return logits.tape().apply(new SoftmaxCrossEntropy(), logits, labels);
    }

    @Override
    public String name() {
        return "crossEntropy";
    }

    @Override
    public TensorSpec infer(List<TensorSpec> in) {
        return Checks.labelled(name(), "logits", in);
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
        double sum = 0;
        for (int b = 0; b < rows; b++) {
            int label = (int) labels.get(b);
            Checks.label(name(), label, b, classes);
            sum -= logProbability(
                    HostLoop.row(probabilities, b, classes), HostLoop.row(logits, b, classes), classes, label);
        }
        call.output().fill(sum / rows);
        if (kept == null) {
            probabilities.close();
        }
    }

    /** Of a label, from a row of probabilities, or where it underflows from the logits. */
    static double logProbability(HostLoop.Row probabilities, HostLoop.Row logits, int classes, int label) {
        double probability = probabilities.get(label);
        if (probability > SURELY_EXACT) {
            return Math.log(probability);
        }
        double max = Double.NEGATIVE_INFINITY;
        for (int c = 0; c < classes; c++) {
            max = Math.max(max, logits.get(c));
        }
        double sum = 0;
        for (int c = 0; c < classes; c++) {
            sum += Math.exp(logits.get(c) - max);
        }
        return logits.get(label) - max - Math.log(sum);
    }

    @Override
    public void vjp(BackwardCall call) {
        Tensor dx = call.temporary(call.spec(0).shape(), call.spec(0).dtype());
        int classes = Math.toIntExact(dx.shape().dim(1));
        int rows = Math.toIntExact(dx.shape().dim(0));
        double scale = call.dy().item() / rows;
        call.kernels().eltwise().forward(EltwiseKernel.Function.SCALE, scale, call.extra(0), dx);
        HostLoop.Row labels = HostLoop.row(call.input(1), 0, rows);
        for (int b = 0; b < rows; b++) {
            HostLoop.Row row = HostLoop.row(dx, b, classes);
            int label = (int) labels.get(b);
            row.set(label, row.get(label) - scale);
        }
        call.give(0, dx);
    }

    @Override
    public void gradient(GradientCall call) {
        Variable probabilities = call.extraAs(new Softmax(1), 0, 0);
        Variable labels = OneHot.constant(
                call.input(1),
                Math.toIntExact(call.spec(0).shape().dim(1)),
                call.spec(0).dtype());
        Variable excess = Subtract.subtract(probabilities, labels);
        labels.release();
        call.give(
                0,
                Multiply.multiply(
                        Scale.scale(call.dy(), 1.0 / call.spec(0).shape().dim(0)), excess));
    }
}
