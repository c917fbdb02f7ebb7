package org.backpropaganda.reversible.exact;

import java.util.concurrent.atomic.AtomicReference;
import org.backpropaganda.autograd.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/** Watches a loop on several threads for the first number that fixed point has no place for. */
final class RangeWatch {
    /** A number at or beyond the range, NaN or ±∞. */
    static final class OutOfRangeException extends ArithmeticException {
        private static final long serialVersionUID = 1L;
        private final String what;

        private OutOfRangeException(String what) {
            super("exact: " + what);
            this.what = what;
        }

        /** The same, at a module path. */
        OutOfRangeException(String path, OutOfRangeException cause) {
            super("exact in " + path + ": " + cause.what);
            this.what = cause.what;
            initCause(cause);
        }
    }

    private record Offence(long element, String number) {}

    private final AtomicReference<@Nullable Offence> first = new AtomicReference<>();

    /**
     * A number does not fit.
     *
     * @param number itself, or the sum that it is
     */
    void offend(long element, String number) {
        first.accumulateAndGet(
                new Offence(element, number),
                (known, found) -> known != null && known.element() <= found.element() ? known : found);
    }

    /**
     * Ends the loop.
     *
     * @param tensor that it went over
     * @throws OutOfRangeException if a number did not fit
     */
    void check(FixedPoint grid, Tensor tensor) {
        Offence offence = first.get();
        if (offence != null) {
            throw new OutOfRangeException("element " + offence.element() + " of " + tensor.spec() + ", "
                    + offence.number() + ", does not lie within ±" + grid.range(tensor.dtype()) + ", the range of "
                    + grid.fractionBits(tensor.dtype())
                    + " fraction bits; keep the streams smaller, as by a norm at the"
                    + " end of each branch, or give a FixedPoint of fewer fraction bits");
        }
    }
}
