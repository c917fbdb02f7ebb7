package org.backpropaganda.autograd.kernel;

import org.backpropaganda.autograd.tensor.Tensor;

/** The larger or smaller of two elements; NaN where either is, which neither oneDNN nor ND4J gives. */
public final class Extremes {
    private Extremes() {}

    /** {@code out = max(a, b)} with broadcasting; out may be one of those that have its shape. */
    public static void maximum(Tensor a, Tensor b, Tensor out) {
        BroadcastLoop.run(
                (t, from, count) -> {
                    for (int i = 0; i < count; i++) {
                        t[0][i] = Math.max(t[1][i], t[2][i]);
                    }
                },
                (t, from, count) -> {
                    for (int i = 0; i < count; i++) {
                        t[0][i] = Math.max(t[1][i], t[2][i]);
                    }
                },
                out,
                a,
                b);
    }

    /** {@code out = min(a, b)}, likewise. */
    public static void minimum(Tensor a, Tensor b, Tensor out) {
        BroadcastLoop.run(
                (t, from, count) -> {
                    for (int i = 0; i < count; i++) {
                        t[0][i] = Math.min(t[1][i], t[2][i]);
                    }
                },
                (t, from, count) -> {
                    for (int i = 0; i < count; i++) {
                        t[0][i] = Math.min(t[1][i], t[2][i]);
                    }
                },
                out,
                a,
                b);
    }
}
