package org.backpropaganda.autograd.op;

import org.backpropaganda.autograd.kernel.HostLoop;

/** {@link FloatLoops} in {@code DOUBLE}, made from its text by {@code TwinLoopsTest}. */
final class DoubleLoops {
    private DoubleLoops() {}

    /** {@code y = min(max(x, low), high)}, over y and x. */
    static HostLoop.DoubleBody clamp(double low, double high) {
        double least = low;
        double most = high;
        return (a, from, count) -> {
            for (int i = 0; i < count; i++) {
                a[0][i] = Math.min(Math.max(a[1][i], least), most);
            }
        };
    }

    /** 1 where {@code low ≤ x ≤ high}, 0 elsewhere, over that and x. */
    static HostLoop.DoubleBody inside(double low, double high) {
        double least = low;
        double most = high;
        return (a, from, count) -> {
            for (int i = 0; i < count; i++) {
                a[0][i] = a[1][i] >= least && a[1][i] <= most ? 1 : 0;
            }
        };
    }

    /** {@code c = min(max(a − b, −δ), δ)} and {@code c (a − b − c / 2)}, over these, a and b. */
    static HostLoop.DoubleBody huber(double delta) {
        double limit = delta;
        return (a, from, count) -> {
            for (int i = 0; i < count; i++) {
                double d = a[2][i] - a[3][i];
                double c = Math.min(Math.max(d, -limit), limit);
                a[0][i] = c;
                a[1][i] = c * (d - c / 2);
            }
        };
    }
}
