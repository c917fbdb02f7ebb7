package org.backpropaganda.autograd.op;

import java.util.List;
import org.backpropaganda.autograd.graph.BackwardCall;
import org.backpropaganda.autograd.graph.ForwardCall;
import org.backpropaganda.autograd.graph.GradientCall;
import org.backpropaganda.autograd.graph.Operands;
import org.backpropaganda.autograd.graph.Saves;
import org.backpropaganda.autograd.graph.TwiceDifferentiable;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.kernel.RowLoop;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorSpec;

/**
 * Sums along the last axis up to each element.
 *
 * <pre>
 * y[..., i] = x[..., 0] + … + x[..., i]
 * shape : x [..., C] → y [..., C]
 * saves : nothing
 * vjp   : dx[..., i] += dy[..., i] + … + dy[..., C − 1]
 * </pre>
 */
public record CumulativeSum() implements TwiceDifferentiable {

    /** The sums along the last axis. */
    public static Variable cumulativeSum(Variable x) {
        return x.tape().apply(new CumulativeSum(), x);
    }

    @Override
    public TensorSpec infer(List<TensorSpec> in) {
        Checks.count(name(), in, 1);
        Checks.dtype(name(), in);
        Checks.require(in.get(0).shape().rank() >= 1, name(), "x " + in.get(0) + " has no axis to sum along");
        return in.get(0);
    }

    @Override
    public Saves saves(Operands operands) {
        return Saves.none();
    }

    @Override
    public void forward(ForwardCall call) {
        Tensor x = call.input(0);
        RowLoop.run(
                x.elements() / x.shape().dim(-1),
                1,
                0,
                (r, sums) -> {
                    double sum = 0;
                    for (int i = 0; i < r[0].length; i++) {
                        sum += r[1][i];
                        r[0][i] = sum;
                    }
                },
                call.output(),
                x);
    }

    @Override
    public void vjp(BackwardCall call) {
        Tensor dx = call.reusableDy();
        RowLoop.run(
                dx.elements() / dx.shape().dim(-1),
                1,
                0,
                (r, sums) -> {
                    double sum = 0;
                    for (int i = r[0].length - 1; i >= 0; i--) {
                        sum += r[1][i];
                        r[0][i] = sum;
                    }
                },
                dx,
                call.dy());
        call.give(0, dx);
    }

    @Override
    public void gradient(GradientCall call) {
        Variable all = Sum.sumKeepingAxes(call.dy(), -1);
        Variable upTo = Subtract.subtract(cumulativeSum(call.dy()), call.dy());
        call.give(0, Subtract.subtract(Expand.expand(all, call.dy().shape()), upTo));
    }
}
