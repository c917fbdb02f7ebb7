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
 * Mean Huber loss: quadratic for small differences, linear for large ones. Source: Huber 1964, "Robust Estimation of a
 * Location Parameter".
 *
 * <pre>
 * y     = Σ h(a − b) / n, h(d) = d²/2 where |d| ≤ δ, δ (|d| − δ/2) elsewhere, n the number of elements
 * shape : a [*], b [*] → y []
 * saves : a − b, limited to [−δ, δ]
 * vjp   : da += dy min(max(a − b, −δ), δ) / n; db −= the same
 * </pre>
 *
 * @param delta δ, positive
 */
public record Huber(double delta) implements TwiceDifferentiable {

    /** Checks that delta is positive. */
    public Huber {
        Checks.require(delta > 0, "huber", "delta " + delta + " must be positive");
    }

    /** Mean Huber loss. */
    public static Variable huber(Variable prediction, Variable target, double delta) {
        return prediction.tape().apply(new Huber(delta), prediction, target);
    }

    @Override
    public TensorSpec infer(List<TensorSpec> in) {
        return Losses.infer(name(), in);
    }

    @Override
    public Saves saves(Operands operands) {
        return Saves.none().extra("limited difference", operands.spec(0));
    }

    @Override
    public void forward(ForwardCall call) {
        Tensor a = call.input(0);
        Tensor kept = call.extra(0);
        Tensor limited = kept != null ? kept : call.scratch(a.shape(), a.dtype());
        Tensor losses = call.scratch(a.shape(), a.dtype());
        HostLoop.run(2, FloatLoops.huber(delta), DoubleLoops.huber(delta), limited, losses, a, call.input(1));
        Losses.average(call, losses, a.elements());
        losses.close();
        if (kept == null) {
            limited.close();
        }
    }

    @Override
    public void vjp(BackwardCall call) {
        double scale = call.dy().item() / call.spec(0).shape().elements();
        for (int i = 0; i < 2; i++) {
            if (call.needs(i)) {
                Tensor d = call.temporary(call.spec(i).shape(), call.spec(i).dtype());
                call.kernels()
                        .eltwise()
                        .forward(EltwiseKernel.Function.SCALE, i == 0 ? scale : -scale, call.extra(0), d);
                call.give(i, d);
            }
        }
    }

    @Override
    public void gradient(GradientCall call) {
        Variable limited = limitedDifference(call);
        double scale = 1.0 / call.spec(0).shape().elements();
        for (int i = 0; i < 2; i++) {
            if (call.needs(i)) {
                call.give(i, Multiply.multiply(Scale.scale(call.dy(), i == 0 ? scale : -scale), limited));
            }
        }
    }

    /** Within the limits what was saved is the difference, and elsewhere a constant. */
    private Variable limitedDifference(GradientCall call) {
        Variable saved = call.extra(0);
        double limit = saved.spec().dtype().nearest(delta);
        Variable room = Scale.scale(Abs.abs(saved), -1, limit);
        Variable within = Gate.positive(room);
        room.release();
        Variable difference = Gate.where(within, call.extraAs(new Subtract(), 0, 0, 1));
        Variable limited = Add.add(difference, Gate.whereNot(within, saved));
        within.release();
        return limited;
    }
}
