package org.backpropaganda.reversible.exact;

import java.util.List;
import org.backpropaganda.autograd.graph.BackwardCall;
import org.backpropaganda.autograd.graph.ForwardCall;
import org.backpropaganda.autograd.graph.GradientCall;
import org.backpropaganda.autograd.op.Elementwise;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorSpec;

/**
 * Halves of numbers on a grid, with a sign that is drawn for each sample, straight through in backward. It loses one bit of each
 * number, its parity s. Signs are a function of the key: nothing is saved.
 *
 * <pre>
 * y     = γ (x + s 2^−l), s = x 2^l mod 2, γ = 1/2 or −1/2
 * shape : x [N, *] → y [N, *]
 * saves : nothing
 * vjp   : dx += γ dy
 * </pre>
 *
 * @param grid that numbers lie on; others are rounded first
 * @param key of the signs
 */
record FixedPointHalves(FixedPoint grid, long key) implements Elementwise {

    /** The parity of a number. */
    static long parity(long n) {
        return n & 1;
    }

    private SampleScale slopes() {
        return new SampleScale(key, 0, 1);
    }

    @Override
    public TensorSpec infer(List<TensorSpec> in) {
        return SampleScale.requireSamples(this, Elementwise.super.infer(in));
    }

    @Override
    public void forward(ForwardCall call) {
        double[] gammas = SampleScale.gammas(key, call.input(0));
        new UnitLoop(grid)
                .map(
                        (n, bit, sample) -> {
                            long half = (n + parity(n)) / 2;
                            return gammas[(int) sample] > 0 ? half : -half;
                        },
                        call.input(0),
                        call.output());
    }

    @Override
    public void df(BackwardCall call, Tensor dx) {
        slopes().apply(call.dy(), dx);
    }

    @Override
    public void gradient(GradientCall call) {
        call.give(0, call.tape().apply(slopes(), call.dy()));
    }
}
