package org.backpropaganda.reversible.exact;

import java.util.List;
import org.backpropaganda.autograd.graph.BackwardCall;
import org.backpropaganda.autograd.graph.ForwardCall;
import org.backpropaganda.autograd.graph.GradientCall;
import org.backpropaganda.autograd.graph.Op;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.kernel.DropoutMask;
import org.backpropaganda.autograd.kernel.HostLoop;
import org.backpropaganda.autograd.op.Elementwise;
import org.backpropaganda.autograd.tensor.ShapeException;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorSpec;

/**
 * Multiplication of each sample by a number of its own, which depends on a sign that is drawn for the sample. Signs are a
 * function of the key: nothing is saved.
 *
 * <pre>
 * y     = (a + b γ) x, γ = 1/2 or −1/2
 * shape : x [N, *] → y [N, *]
 * saves : nothing
 * vjp   : dx += (a + b γ) dy
 * </pre>
 *
 * @param key of the signs
 * @param constant a
 * @param slope b
 */
record SampleScale(long key, double constant, double slope) implements Elementwise {

    static Variable scale(Variable x, long key, double constant, double slope) {
        return x.tape().apply(new SampleScale(key, constant, slope), x);
    }

    /** γ of each sample. */
    static double[] gammas(long key, Tensor x) {
        double[] gammas = new double[(int) x.shape().dim(0)];
        for (int i = 0; i < gammas.length; i++) {
            gammas[i] = DropoutMask.survives(key, 0.5, i) ? 0.5 : -0.5;
        }
        return gammas;
    }

    @Override
    public TensorSpec infer(List<TensorSpec> in) {
        return requireSamples(this, Elementwise.super.infer(in));
    }

    static TensorSpec requireSamples(Op op, TensorSpec x) {
        if (x.shape().rank() == 0) {
            throw new ShapeException(op.name() + ": x " + x + " must be [N, ...]: it has no samples");
        }
        return x;
    }

    @Override
    public void forward(ForwardCall call) {
        apply(call.input(0), call.output());
    }

    @Override
    public void df(BackwardCall call, Tensor dx) {
        apply(call.dy(), dx);
    }

    /** {@code to = (a + b γ) from}; to may be from. */
    void apply(Tensor from, Tensor to) {
        double[] factors = gammas(key, from);
        for (int i = 0; i < factors.length; i++) {
            factors[i] = constant + slope * factors[i];
        }
        long perSample = from.elements() / factors.length;
        HostLoop.run(
                1,
                (a, first, count) -> {
                    for (int i = 0; i < count; ) {
                        int sample = (int) ((first + i) / perSample);
                        int end = (int) Math.min(count, (sample + 1) * perSample - first);
                        float factor = (float) factors[sample];
                        for (; i < end; i++) {
                            a[0][i] = factor * a[1][i];
                        }
                    }
                },
                (a, first, count) -> {
                    for (int i = 0; i < count; ) {
                        int sample = (int) ((first + i) / perSample);
                        int end = (int) Math.min(count, (sample + 1) * perSample - first);
                        double factor = factors[sample];
                        for (; i < end; i++) {
                            a[0][i] = factor * a[1][i];
                        }
                    }
                },
                to,
                from);
    }

    @Override
    public void gradient(GradientCall call) {
        call.give(0, call.tape().apply(this, call.dy()));
    }
}
