package org.backpropaganda.reversible.exact;

import org.backpropaganda.autograd.graph.BackwardCall;
import org.backpropaganda.autograd.graph.ForwardCall;
import org.backpropaganda.autograd.graph.GradientCall;
import org.backpropaganda.autograd.kernel.EltwiseKernel;
import org.backpropaganda.autograd.op.Elementwise;
import org.backpropaganda.autograd.op.Scale;
import org.backpropaganda.autograd.tensor.Tensor;

/**
 * Multiplication by a rational number of numbers on a grid, rounded down, straight through in backward. It loses one bit at most
 * of each number, because two neighbours at most become one.
 *
 * <pre>
 * y     = ⌊γ n⌋ 2^−l, x = n 2^−l, γ = p/2^16 in [1/2, 1)
 * shape : x [*] → y [*]
 * saves : nothing
 * vjp   : dx += γ dy
 * </pre>
 *
 * @param grid that numbers lie on; others are rounded first
 * @param numerator p, from 2^15 to 2^16 − 1
 */
record FixedPointScale(FixedPoint grid, int numerator) implements Elementwise {
    static final int SHIFT = 16;
    private static final long DENOMINATOR = 1L << SHIFT;

    double factor() {
        return (double) numerator / DENOMINATOR;
    }

    /** ⌊γ n⌋, in two parts, neither of which overflows. */
    long scaled(long n) {
        long upper = n >> SHIFT;
        long lower = n & (DENOMINATOR - 1);
        return upper * numerator + ((lower * numerator) >> SHIFT);
    }

    /** The least n of which ⌊γ n⌋ is w, ⌈w/γ⌉; the next one is the only other. */
    long least(long w) {
        long upper = Math.floorDiv(w, numerator);
        long lower = Math.floorMod(w, numerator);
        return upper * DENOMINATOR + (lower * DENOMINATOR + numerator - 1) / numerator;
    }

    @Override
    public void forward(ForwardCall call) {
        new UnitLoop(grid).map((n, bit, sample) -> scaled(n), call.input(0), call.output());
    }

    @Override
    public void df(BackwardCall call, Tensor dx) {
        call.kernels().eltwise().forward(EltwiseKernel.Function.SCALE, factor(), call.dy(), dx);
    }

    @Override
    public void gradient(GradientCall call) {
        call.give(0, Scale.scale(call.dy(), factor()));
    }
}
