package org.backpropaganda.autograd.op;

import java.util.List;
import org.backpropaganda.autograd.graph.BackwardCall;
import org.backpropaganda.autograd.graph.ForwardCall;
import org.backpropaganda.autograd.graph.LinearOp;
import org.backpropaganda.autograd.graph.Operands;
import org.backpropaganda.autograd.graph.Saves;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.kernel.HostLoop;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorSpec;

/**
 * Mean negative log-likelihood of class labels, from log-probabilities such as {@link LogSoftmax} gives.
 *
 * <pre>
 * y     = −Σ_b w_b x_b[label_b] / Σ_b w_b
 * shape : x [B, C], labels [B] of INT in [0, C) → y []
 * saves : the labels
 * vjp   : dx[b, label_b] −= dy w_b / Σ w
 * </pre>
 *
 * @param weights w_b, by label
 */
public record NegativeLogLikelihood(LabelWeights weights) implements LinearOp {

    /** Mean over all rows. */
    public static Variable negativeLogLikelihood(Variable logProbabilities, Variable labels) {
        return negativeLogLikelihood(logProbabilities, labels, LabelWeights.equal());
    }

    /** Weighted mean. */
    public static Variable negativeLogLikelihood(Variable logProbabilities, Variable labels, LabelWeights weights) {
        return logProbabilities.tape().apply(new NegativeLogLikelihood(weights), logProbabilities, labels);
    }

    @Override
    public String name() {
        return "negativeLogLikelihood";
    }

    @Override
    public TensorSpec infer(List<TensorSpec> in) {
        TensorSpec output = Checks.labelled(name(), "log-probabilities", in);
        weights.checkCount(name(), in.get(0).shape());
        return output;
    }

    @Override
    public Saves saves(Operands operands) {
        return Saves.none().input(1);
    }

    @Override
    public void forward(ForwardCall call) {
        Tensor x = call.input(0);
        int classes = Math.toIntExact(x.shape().dim(1));
        int rows = Math.toIntExact(x.shape().dim(0));
        HostLoop.Row labels = HostLoop.row(call.input(1), 0, rows);
        double normalizer = weights.normalizer(name(), labels, rows, classes);
        double sum = 0;
        for (int b = 0; b < rows; b++) {
            int label = (int) labels.get(b);
            if (!weights.ignores(label) && weights.of(label) != 0) {
                sum -= weights.of(label) * HostLoop.row(x, b, classes).get(label);
            }
        }
        call.output().fill(sum * normalizer);
    }

    @Override
    public void vjp(BackwardCall call) {
        Tensor dx = call.temporary(call.spec(0).shape(), call.spec(0).dtype()).zero();
        int classes = Math.toIntExact(dx.shape().dim(1));
        int rows = Math.toIntExact(dx.shape().dim(0));
        HostLoop.Row labels = HostLoop.row(call.input(1), 0, rows);
        double scale = -call.dy().item() * weights.normalizer(name(), labels, rows, classes);
        for (int b = 0; b < rows; b++) {
            int label = (int) labels.get(b);
            if (!weights.ignores(label)) {
                HostLoop.row(dx, b, classes).set(label, scale * weights.of(label));
            }
        }
        call.give(0, dx);
    }
}
