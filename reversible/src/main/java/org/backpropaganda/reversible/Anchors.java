package org.backpropaganda.reversible;

import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Where a reversible sequence keeps streams on the way.
 *
 * @param positions the numbers of couplings whose inputs are kept, from 1 on, and take the place of the reconstructed ones
 * @param monitor is told how far reconstructed streams are from kept ones in front of every coupling, all of which are kept
 *     for it; null for nobody
 */
record Anchors(Set<Integer> positions, @Nullable DriftMonitor monitor) {
    static final Anchors NONE = new Anchors(Set.of(), null);

    Anchors {
        positions = Set.copyOf(positions);
    }

    /** In front of every k-th of some couplings, but not of the first, whose inputs nobody needs back. */
    static Set<Integer> every(int k, int couplings) {
        if (k < 1) {
            throw new IllegalArgumentException("anchors every " + k + " couplings: give 1 or more");
        }
        Set<Integer> positions = new TreeSet<>();
        for (int i = k; i < couplings; i += k) {
            positions.add(i);
        }
        return positions;
    }

    /** Whether the inputs of a coupling are kept. */
    boolean keeps(int coupling) {
        return monitor != null || positions.contains(coupling);
    }
}
