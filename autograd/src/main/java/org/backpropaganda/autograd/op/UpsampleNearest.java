package org.backpropaganda.autograd.op;

import java.util.List;
import org.backpropaganda.autograd.graph.BackwardCall;
import org.backpropaganda.autograd.graph.ForwardCall;
import org.backpropaganda.autograd.graph.LinearOp;
import org.backpropaganda.autograd.graph.Operands;
import org.backpropaganda.autograd.graph.Saves;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.TensorSpec;

/**
 * Every pixel repeated.
 *
 * <pre>
 * y[n, h·f + i, w·f + j, c] = x[n, h, w, c], 0 ≤ i, j &lt; f
 * shape : x [N, H, W, C] → y [N, f·H, f·W, C]
 * saves : nothing
 * vjp   : dx += the sum of dy over i and j
 * </pre>
 *
 * @param factor f
 */
public record UpsampleNearest(int factor) implements LinearOp {

    /** x with every pixel repeated {@code factor} times each way. */
    public static Variable upsampleNearest(Variable x, int factor) {
        return x.tape().apply(new UpsampleNearest(factor), x);
    }

    @Override
    public TensorSpec infer(List<TensorSpec> in) {
        Checks.count(name(), in, 1);
        Checks.dtype(name(), in);
        Checks.rank(name(), "x", in.get(0), 4, "[N, H, W, C]");
        Shape x = in.get(0).shape();
        Checks.require(factor >= 1, name(), "factor " + factor + " for x " + x + " is below 1");
        return in.get(0).with(Shape.of(x.dim(0), x.dim(1) * factor, x.dim(2) * factor, x.dim(3)));
    }

    @Override
    public Saves saves(Operands operands) {
        return Saves.none();
    }

    /** y with the repetitions as axes of their own. */
    private Shape apart(Shape x) {
        return Shape.of(x.dim(0), x.dim(1), factor, x.dim(2), factor, x.dim(3));
    }

    @Override
    public boolean isCheap() {
        return true;
    }

    @Override
    public void forward(ForwardCall call) {
        Shape x = call.input(0).shape();
        Shape apart = apart(x);
        long[] s = x.strides();
        long[] repeated = {s[0], s[1], 0, s[2], 0, s[3]};
        call.kernels().copy().copy(apart, call.input(0), 0, repeated, call.output(), 0, apart.strides(), false);
    }

    @Override
    public void vjp(BackwardCall call) {
        Shape x = call.spec(0).shape();
        long[] s = apart(x).strides();
        long[] every = {s[0], s[1], s[3], s[5]};
        BackwardCall.Target dx = call.target(0);
        for (int i = 0; i < factor; i++) {
            for (int j = 0; j < factor; j++) {
                long offset = i * s[2] + j * s[4];
                boolean accumulate = dx.accumulate() || i + j > 0;
                call.kernels().copy().copy(x, call.dy(), offset, every, dx.tensor(), 0, x.strides(), accumulate);
            }
        }
    }
}
