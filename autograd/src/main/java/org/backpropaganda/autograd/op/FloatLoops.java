package org.backpropaganda.autograd.op;

import org.backpropaganda.autograd.kernel.HostLoop;

/**
 * Loops of ops in {@code FLOAT}, over pieces of tensors; {@link DoubleLoops} is this file with {@code double} for {@code float}.
 * Constants come in double and are rounded once.
 */
final class FloatLoops {
    private FloatLoops() {}

    /** {@code y = min(max(x, low), high)}, over y and x. */
    static HostLoop.FloatBody clamp(double low, double high) {
        float least = (float) low;
        float most = (float) high;
        return (a, from, count) -> {
            for (int i = 0; i < count; i++) {
                a[0][i] = Math.min(Math.max(a[1][i], least), most);
            }
        };
    }

    /** 1 where {@code low ≤ x ≤ high}, 0 elsewhere, over that and x. */
    static HostLoop.FloatBody inside(double low, double high) {
        float least = (float) low;
        float most = (float) high;
        return (a, from, count) -> {
            for (int i = 0; i < count; i++) {
                a[0][i] = a[1][i] >= least && a[1][i] <= most ? 1 : 0;
            }
        };
    }

    /** {@code c = min(max(a − b, −δ), δ)} and {@code c (a − b − c / 2)}, over these, a and b. */
    static HostLoop.FloatBody huber(double delta) {
        float limit = (float) delta;
        return (a, from, count) -> {
            for (int i = 0; i < count; i++) {
                float d = a[2][i] - a[3][i];
                float c = Math.min(Math.max(d, -limit), limit);
                a[0][i] = c;
                a[1][i] = c * (d - c / 2);
            }
        };
    }
}
