package org.backpropaganda.reversible.exact;

import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.kernel.HostLoop;
import org.backpropaganda.autograd.kernel.SignBits;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.MemoryKind;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;

/**
 * Loops over numbers of a grid as whole multiples of its resolution, for arithmetic on integers.
 *
 * @param grid that numbers are rounded to, if they do not lie on it
 */
record UnitLoop(FixedPoint grid) {
    /** A function of one number. */
    @FunctionalInterface
    interface Units {
        /**
         * Computes.
         *
         * @param units a whole number of the resolution, within the range
         * @param bit 0 or 1; 0 where there are none
         * @param sample the number of the element's sample
         */
        long of(long units, long bit, long sample);
    }

    /** {@code out = f(x)}. */
    void map(Units f, Tensor x, Tensor out) {
        run(f, out, x);
    }

    /** The bits {@code f(x)}, one an element, of which each is 0 or 1, in the scope of the running call. */
    Tensor bits(Units f, Variable variable) {
        Tensor x = variable.value();
        TensorScope scope = variable.tape().scope();
        Tensor wide = scope.allocate(x.shape(), x.dtype(), MemoryKind.SCRATCH);
        FixedPoint.named(variable.tape(), () -> run(f, wide, x));
        Tensor bits = scope.allocate(x.shape(), DType.BIT);
        SignBits.pack(wide, bits);
        wide.close();
        return bits;
    }

    /** {@code f(x, bits)}, as a constant. */
    Variable restored(Units f, Variable variable, Tensor bits) {
        Tensor x = variable.value();
        Tensor restored = variable.tape().scope().allocate(x.shape(), x.dtype()).fill(1);
        SignBits.choose(restored, null, bits, restored);
        run(f, restored, x, restored);
        Variable constant = variable.tape().constant(restored);
        restored.close();
        return constant;
    }

    /**
     * Runs a loop, and returns the result.
     *
     * @param tensors the result, numbers, and bits as 0 and 1 if there are any
     */
    private Tensor run(Units f, Tensor... tensors) {
        Tensor x = tensors[1];
        boolean hasBits = tensors.length > 2;
        double scale = grid.scale(x.dtype());
        double resolution = grid.resolution(x.dtype());
        double range = grid.units(x.dtype());
        long perSample = x.shape().rank() == 0 ? 1 : x.elements() / x.shape().dim(0);
        RangeWatch watch = new RangeWatch();
        HostLoop.run(
                1,
                (a, from, count) -> {
                    long sample = from / perSample;
                    long next = (sample + 1) * perSample - from;
                    for (int i = 0; i < count; i++) {
                        if (i == next) {
                            sample++;
                            next += perSample;
                        }
                        double units = Math.rint(a[1][i] * scale);
                        if (!(Math.abs(units) < range)) {
                            watch.offend(from + i, Float.toString(a[1][i]));
                        }
                        a[0][i] = (float) (f.of((long) units, hasBits ? (long) a[2][i] : 0, sample) * resolution);
                    }
                },
                (a, from, count) -> {
                    long sample = from / perSample;
                    long next = (sample + 1) * perSample - from;
                    for (int i = 0; i < count; i++) {
                        if (i == next) {
                            sample++;
                            next += perSample;
                        }
                        double units = Math.rint(a[1][i] * scale);
                        if (!(Math.abs(units) < range)) {
                            watch.offend(from + i, Double.toString(a[1][i]));
                        }
                        a[0][i] = f.of((long) units, hasBits ? (long) a[2][i] : 0, sample) * resolution;
                    }
                },
                tensors);
        watch.check(grid, x);
        return tensors[0];
    }
}
