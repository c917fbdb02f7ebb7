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
 * Kullback–Leibler divergence of log-probabilities from target probabilities, summed over all axes but the first and
 * averaged over that one, the batch. Source: Kullback and Leibler 1951, "On Information and Sufficiency".
 *
 * <pre>
 * y     = Σ t (log t − x) / B, where t = 0 contributes 0, but for NaN x
 * shape : x [B, *] of log-probabilities, t [B, *] of probabilities → y []
 * saves : t; x if t needs a gradient
 * vjp   : dx −= dy t / B; dt += dy (log t + 1 − x) / B, infinite at t = 0
 * </pre>
 */
public record KlDivergence() implements TwiceDifferentiable {

    /** Divergence, averaged over the batch. */
    public static Variable klDivergence(Variable logProbabilities, Variable targets) {
        return logProbabilities.tape().apply(new KlDivergence(), logProbabilities, targets);
    }

    @Override
    public String name() {
        return "klDivergence";
    }

    @Override
    public TensorSpec infer(List<TensorSpec> in) {
        TensorSpec output = Losses.infer(name(), in);
        Checks.require(in.get(0).shape().rank() > 0, name(), in.get(0) + " has no batch axis");
        return output;
    }

    @Override
    public Saves saves(Operands operands) {
        return Saves.none().input(1).inputIf(operands.needs(1), 0);
    }

    @Override
    public void forward(ForwardCall call) {
        Tensor x = call.input(0);
        Tensor terms = call.scratch(x.shape(), x.dtype());
        HostLoop.map(terms, (log, t) -> t == 0 && !Double.isNaN(log) ? 0 : t * (Math.log(t) - log), x, call.input(1));
        Losses.average(call, terms, x.shape().dim(0));
        terms.close();
    }

    @Override
    public void vjp(BackwardCall call) {
        Tensor targets = call.input(1);
        double scale = call.dy().item() / targets.shape().dim(0);
        if (call.needs(0)) {
            Tensor dx = call.temporary(targets.shape(), targets.dtype());
            call.kernels().eltwise().forward(EltwiseKernel.Function.SCALE, -scale, targets, dx);
            call.give(0, dx);
        }
        if (call.needs(1)) {
            Tensor dt = call.temporary(targets.shape(), targets.dtype());
            HostLoop.map(dt, (log, t) -> scale * (Math.log(t) + 1 - log), call.input(0), targets);
            call.give(1, dt);
        }
    }

    @Override
    public void gradient(GradientCall call) {
        Variable targets = call.input(1);
        double scale = 1.0 / targets.shape().dim(0);
        if (call.needs(0)) {
            call.give(0, Multiply.multiply(Scale.scale(call.dy(), -scale), targets));
        }
        if (call.needs(1)) {
            Variable slope = Subtract.subtract(Scale.scale(Log.log(targets), 1, 1), call.input(0));
            call.give(1, Multiply.multiply(Scale.scale(call.dy(), scale), slope));
        }
    }
}
