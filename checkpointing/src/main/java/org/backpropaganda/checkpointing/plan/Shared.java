package org.backpropaganda.checkpointing.plan;

import org.jspecify.annotations.Nullable;

/** Curves of ranges that come again, kept until the last of them has come. */
final class Shared {
    private final EqualRanges equal;
    private final Curve[][] curves;
    private final int[][] left;

    Shared(EqualRanges equal, int depths) {
        this.equal = equal;
        this.curves = new Curve[depths][equal.count() * 2];
        this.left = new int[depths][equal.count() * 2];
    }

    /** The curve of an equal range, or null if none was kept. */
    @Nullable
    Curve find(int depth, int i, int j, boolean leased) {
        int place = place(i, j, leased);
        Curve found = curves[depth][place];
        if (found != null && --left[depth][place] == 0) {
            forget(depth, place);
        }
        return found;
    }

    /** Keeps a curve if an equal range is still to come. */
    void keep(int depth, int i, int j, boolean leased, Curve curve) {
        int others = equal.times(equal.id(i, j)) - 1;
        if (others > 0) {
            int place = place(i, j, leased);
            curves[depth][place] = curve;
            left[depth][place] = others;
        }
    }

    @SuppressWarnings("NullAway") // An element that is let go.
    private void forget(int depth, int place) {
        curves[depth][place] = null;
    }

    private int place(int i, int j, boolean leased) {
        return equal.id(i, j) * 2 + (leased ? 1 : 0);
    }
}
