package org.backpropaganda.autograd.op;

import java.util.Arrays;

/** Each place of an axis as a weighted sum of neighbouring places of another. */
final class Taps {
    private final int[] first;
    private final double[][] weights;

    private Taps(long out) {
        int places = Math.toIntExact(out);
        first = new int[places];
        weights = new double[places][];
    }

    /** The means of {@link AdaptiveWindows}. */
    static Taps means(long in, long out) {
        AdaptiveWindows windows = new AdaptiveWindows(in, out);
        Taps taps = new Taps(out);
        for (int i = 0; i < taps.first.length; i++) {
            taps.first[i] = windows.start(i);
            taps.weights[i] = new double[windows.end(i) - windows.start(i)];
            Arrays.fill(taps.weights[i], 1.0 / taps.weights[i].length);
        }
        return taps;
    }

    /** Linear interpolation, as {@link UpsampleBilinear} says. */
    static Taps linear(long in, long out, boolean alignCorners) {
        Taps taps = new Taps(out);
        for (int i = 0; i < taps.first.length; i++) {
            double place;
            if (alignCorners) {
                place = out > 1 ? i * ((double) (in - 1) / (out - 1)) : 0;
            } else {
                place = Math.max(0, (i + 0.5) * ((double) in / out) - 0.5);
            }
            int left = (int) Math.min((long) place, in - 1);
            double right = place - left;
            taps.first[i] = left;
            taps.weights[i] = left < in - 1 ? new double[] {1 - right, right} : new double[] {1};
        }
        return taps;
    }

    int places() {
        return first.length;
    }

    /** The neighbours that make up a place: so many, from {@link #first} on. */
    int count(int place) {
        return weights[place].length;
    }

    int first(int place) {
        return first[place];
    }

    double weight(int place, int neighbour) {
        return weights[place][neighbour];
    }
}
