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
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorSpec;

/**
 * Mean loss that pulls the directions of similar pairs together and pushes those of others apart.
 *
 * <pre>
 * y     = Σ_b (1 − cos_b where label_b = 1, max(0, cos_b − margin) where label_b = −1) / B
 * shape : cos [B], labels [B] of INT, 1 or −1 → y []
 * saves : cos and labels
 * vjp   : dcos −= dy / B where label = 1, dcos += dy / B where label = −1 and cos &gt; margin
 * </pre>
 *
 * @param margin how similar pairs of label −1 may be at no cost
 */
public record CosineEmbeddingLoss(double margin) implements TwiceDifferentiable {

    /**
     * Loss of pairs of vectors, through their {@link CosineSimilarity}.
     *
     * @param a [B, K]
     * @param b [B, K]
     * @param labels [B] of INT: 1 for similar pairs, −1 for others
     */
    public static Variable cosineEmbeddingLoss(Variable a, Variable b, Variable labels, double margin) {
        Variable cosines = CosineSimilarity.cosineSimilarity(a, b);
        return a.tape().apply(new CosineEmbeddingLoss(margin), cosines, labels);
    }

    @Override
    public String name() {
        return "cosineEmbeddingLoss";
    }

    @Override
    public TensorSpec infer(List<TensorSpec> in) {
        Checks.count(name(), in, 2);
        DType dtype = Checks.dtype(name(), in.subList(0, 1));
        Checks.rank(name(), "cosines", in.get(0), 1, "[B]");
        Checks.require(
                in.get(1).equals(new TensorSpec(in.get(0).shape(), DType.INT)),
                name(),
                "labels " + in.get(1) + " must be INT" + in.get(0).shape());
        return new TensorSpec(Shape.scalar(), dtype);
    }

    @Override
    public Saves saves(Operands operands) {
        return Saves.none().input(0).input(1);
    }

    @Override
    public void forward(ForwardCall call) {
        int rows = Math.toIntExact(call.input(0).elements());
        HostLoop.Row cosines = HostLoop.row(call.input(0), 0, rows);
        HostLoop.Row labels = HostLoop.row(call.input(1), 0, rows);
        double sum = 0;
        for (int b = 0; b < rows; b++) {
            int label = (int) labels.get(b);
            Checks.require(
                    label == 1 || label == -1, name(), "label " + label + " at index " + b + " is neither 1 nor -1");
            sum += label == 1 ? 1 - cosines.get(b) : Math.max(0, cosines.get(b) - margin);
        }
        call.output().fill(sum / rows);
    }

    @Override
    public void vjp(BackwardCall call) {
        Tensor d = call.temporary(call.spec(0).shape(), call.spec(0).dtype());
        writeSlopes(call.input(0), call.input(1), call.dy().item(), d);
        call.give(0, d);
    }

    private void writeSlopes(Tensor cosines, Tensor labels, double dy, Tensor slopes) {
        int rows = Math.toIntExact(slopes.elements());
        HostLoop.Row from = HostLoop.row(cosines, 0, rows);
        HostLoop.Row similar = HostLoop.row(labels, 0, rows);
        HostLoop.Row to = HostLoop.row(slopes, 0, rows);
        double scale = dy / rows;
        for (int b = 0; b < rows; b++) {
            boolean apart = from.get(b) > margin;
            to.set(b, similar.get(b) > 0 ? -scale : apart ? scale : 0);
        }
    }

    @Override
    public void gradient(GradientCall call) {
        Tensor slopes =
                call.tape().scope().allocate(call.spec(0).shape(), call.spec(0).dtype());
        if (slopes.hasValues()) {
            writeSlopes(call.input(0).value(), call.input(1).value(), 1, slopes);
        }
        Variable constant = call.tape().constant(slopes);
        slopes.close();
        call.give(0, Multiply.multiply(call.dy(), constant));
        constant.release();
    }
}
