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
import org.backpropaganda.autograd.kernel.Kernels;
import org.backpropaganda.autograd.kernel.MatrixStack;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorSpec;

/**
 * {@link SoftmaxCrossEntropy} of the logits {@code x wᵀ}, a few rows at a time: with many classes the logits are by far the
 * largest tensor of a language model, and they never exist together.
 *
 * <pre>
 * y     = −(1/B) Σ_b log softmax(x_b wᵀ)[label_b]
 * shape : x [B, E], w [C, E], labels [B] of INT in [0, C) → y []
 * saves : x, w, labels; backward computes the logits again
 * vjp   : d = dy (softmax(x wᵀ) − onehot(labels)) / B; dx += d w; dw += dᵀ x
 * </pre>
 */
public record LinearCrossEntropy() implements TwiceDifferentiable {
    /** Logits that exist at a time: 4 MiB of floats, or one row. */
    private static final long LOGITS = 1 << 20;

    /** Mean cross-entropy of the last layer's logits. */
    public static Variable linearCrossEntropy(Variable x, Variable w, Variable labels) {
        return x.tape().apply(new LinearCrossEntropy(), x, w, labels);
    }

    @Override
    public TensorSpec infer(List<TensorSpec> in) {
        Checks.count(name(), in, 3);
        DType dtype = Checks.dtype(name(), in.subList(0, 2));
        Checks.rank(name(), "x", in.get(0), 2, "[B, E]");
        Checks.rank(name(), "w", in.get(1), 2, "[C, E]");
        Shape x = in.get(0).shape();
        Shape w = in.get(1).shape();
        Checks.require(x.dim(1) == w.dim(1), name(), "inner sizes differ: x " + x + ", w " + w + "; transpose w?");
        Checks.require(
                in.get(2).equals(new TensorSpec(Shape.of(x.dim(0)), DType.INT)),
                name(),
                "labels " + in.get(2) + " must be INT[" + x.dim(0) + "]");
        return new TensorSpec(Shape.scalar(), dtype);
    }

    @Override
    public Saves saves(Operands operands) {
        return Saves.none().input(0).input(1).input(2);
    }

    private static long chunk(Tensor x, Tensor w) {
        return Math.min(x.shape().dim(0), Math.max(1, LOGITS / w.shape().dim(0)));
    }

    private static void logits(Kernels kernels, MatrixStack rows, Tensor w, Tensor logits) {
        kernels.matmul().multiply(rows, MatrixStack.of(w).transposed(), 1, MatrixStack.of(logits), false);
    }

    @Override
    public long multiplyAdds(Operands inputs, TensorSpec output) {
        return inputs.spec(1).shape().elements() * inputs.spec(0).shape().dim(0);
    }

    /** The rows to go through; where there are no values, the first chunk stands for all. */
    private static long chunked(Tensor x, Tensor w) {
        return x.hasValues() ? x.shape().dim(0) : Math.min(x.shape().dim(0), chunk(x, w));
    }

    @Override
    public void forward(ForwardCall call) {
        Tensor x = call.input(0);
        Tensor w = call.input(1);
        int count = Math.toIntExact(x.shape().dim(0));
        int classes = Math.toIntExact(w.shape().dim(0));
        double sum = 0;
        for (int from = 0; from < chunked(x, w); from += (int) chunk(x, w)) {
            long rows = Math.min(chunk(x, w), count - from);
            Tensor logits = call.scratch(Shape.of(rows, classes), x.dtype());
            Tensor probabilities = call.scratch(logits.shape(), x.dtype());
            logits(call.kernels(), MatrixStack.of(x).rows(from, rows), w, logits);
            call.kernels().softmax().forward(logits, probabilities);
            for (int b = 0; b < rows && x.hasValues(); b++) {
                HostLoop.Row labels = HostLoop.row(call.input(2), 0, count);
                int label = (int) labels.get(from + b);
                Checks.label(name(), label, from + b, classes);
                sum -= SoftmaxCrossEntropy.logProbability(
                        HostLoop.row(probabilities, b, classes), HostLoop.row(logits, b, classes), classes, label);
            }
            probabilities.close();
            logits.close();
        }
        call.output().fill(sum / count);
    }

    @Override
    public void vjp(BackwardCall call) {
        Tensor x = call.input(0);
        Tensor w = call.input(1);
        int count = Math.toIntExact(x.shape().dim(0));
        int classes = Math.toIntExact(w.shape().dim(0));
        double scale = x.hasValues() ? call.dy().item() / count : 1;
        Tensor dx = call.temporary(x.shape(), x.dtype());
        BackwardCall.Target dw = call.needs(1) ? call.target(1) : null;
        for (int from = 0; from < chunked(x, w); from += (int) chunk(x, w)) {
            long rows = Math.min(chunk(x, w), count - from);
            Tensor d = call.temporary(Shape.of(rows, classes), x.dtype());
            MatrixStack part = MatrixStack.of(x).rows(from, rows);
            logits(call.kernels(), part, w, d);
            call.kernels().softmax().forward(d, d);
            for (int b = 0; b < rows && x.hasValues(); b++) {
                HostLoop.Row labels = HostLoop.row(call.input(2), 0, count);
                HostLoop.Row row = HostLoop.row(d, b, classes);
                int label = (int) labels.get(from + b);
                row.set(label, row.get(label) - 1);
            }
            MatrixStack chunk = MatrixStack.of(d);
            call.kernels()
                    .matmul()
                    .multiply(
                            chunk, MatrixStack.of(w), scale, MatrixStack.of(dx).rows(from, rows), false);
            if (dw != null) {
                MatrixStack to = MatrixStack.of(dw.tensor());
                call.kernels().matmul().multiply(chunk.transposed(), part, scale, to, dw.accumulate() || from > 0);
            }
            d.close();
        }
        if (call.needs(0)) {
            call.give(0, dx);
        }
    }

    /** Holds the logits of all rows, which are differentiated again. */
    @Override
    public void gradient(GradientCall call) {
        Variable x = call.input(0);
        Variable w = call.input(1);
        Variable probabilities = Softmax.softmax(Linear.linear(x, w));
        Variable labels = OneHot.constant(
                call.input(2), Math.toIntExact(w.shape().dim(0)), x.spec().dtype());
        Variable excess = Subtract.subtract(probabilities, labels);
        labels.release();
        Variable d = Multiply.multiply(Scale.scale(call.dy(), 1.0 / x.shape().dim(0)), excess);
        if (call.needs(0)) {
            call.give(0, MatMul.matmul(d, w));
        }
        if (call.needs(1)) {
            call.give(1, MatMul.matmul(Transpose.transpose(d), x));
        }
    }
}
