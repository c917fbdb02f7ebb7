package org.backpropaganda.autograd.op;

import java.util.List;
import org.backpropaganda.autograd.graph.BackwardCall;
import org.backpropaganda.autograd.graph.ForwardCall;
import org.backpropaganda.autograd.graph.GradientCall;
import org.backpropaganda.autograd.graph.Operands;
import org.backpropaganda.autograd.graph.Saves;
import org.backpropaganda.autograd.graph.TwiceDifferentiable;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.kernel.BinaryKernel;
import org.backpropaganda.autograd.kernel.EltwiseKernel;
import org.backpropaganda.autograd.kernel.HostLoop;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorSpec;

/**
 * Mean binary cross-entropy of the sigmoid of logits against target probabilities, computed without overflow for any
 * logit.
 *
 * <pre>
 * y     = Σ (max(x, 0) − x t + log(1 + exp(−|x|))) / n = −Σ (t log σ(x) + (1 − t) log(1 − σ(x))) / n
 * shape : x [*], t [*] → y []
 * saves : x; t if x needs a gradient
 * vjp   : dx += dy (σ(x) − t) / n; dt −= dy x / n
 * </pre>
 */
public record SigmoidCrossEntropy() implements TwiceDifferentiable {

    /** Mean binary cross-entropy with logits. */
    public static Variable binaryCrossEntropy(Variable logits, Variable targets) {
        return logits.tape().apply(new SigmoidCrossEntropy(), logits, targets);
    }

    @Override
    public String name() {
        return "binaryCrossEntropy";
    }

    @Override
    public TensorSpec infer(List<TensorSpec> in) {
        return Losses.infer(name(), in);
    }

    @Override
    public Saves saves(Operands operands) {
        return Saves.none().input(0).inputIf(operands.needs(0), 1);
    }

    @Override
    public void forward(ForwardCall call) {
        Tensor logits = call.input(0);
        Tensor losses = call.scratch(logits.shape(), logits.dtype());
        HostLoop.map(
                losses, (x, t) -> Math.max(x, 0) - x * t + Math.log1p(Math.exp(-Math.abs(x))), logits, call.input(1));
        Losses.average(call, losses, logits.elements());
        losses.close();
    }

    @Override
    public void vjp(BackwardCall call) {
        EltwiseKernel eltwise = call.kernels().eltwise();
        Tensor x = call.input(0);
        double scale = call.dy().item() / x.elements();
        if (call.needs(0)) {
            Tensor dx = call.temporary(x.shape(), x.dtype());
            eltwise.forward(EltwiseKernel.Function.SIGMOID, 0, x, dx);
            call.kernels().binary().apply(BinaryKernel.Function.SUBTRACT, dx, call.input(1), dx);
            eltwise.forward(EltwiseKernel.Function.SCALE, scale, dx, dx);
            call.give(0, dx);
        }
        if (call.needs(1)) {
            Tensor dt = call.temporary(x.shape(), x.dtype());
            eltwise.forward(EltwiseKernel.Function.SCALE, -scale, x, dt);
            call.give(1, dt);
        }
    }

    @Override
    public void gradient(GradientCall call) {
        Variable x = call.input(0);
        Variable dy = Scale.scale(call.dy(), 1.0 / x.shape().elements());
        if (call.needs(0)) {
            call.give(0, Multiply.multiply(dy, Subtract.subtract(Sigmoid.sigmoid(x), call.input(1))));
        }
        if (call.needs(1)) {
            call.give(1, Scale.scale(Multiply.multiply(dy, x), -1));
        }
    }
}
