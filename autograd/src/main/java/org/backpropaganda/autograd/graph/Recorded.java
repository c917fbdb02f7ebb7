package org.backpropaganda.autograd.graph;

import java.util.List;

/**
 * A segment's function, computed again by ops.
 *
 * @param tape that recorded it
 * @param results its outputs on that tape
 */
public record Recorded(Tape tape, List<Variable> results) {
    public Recorded {
        results = List.copyOf(results);
    }

    /** Frees what nobody reads any more: what ops saved of it stays with them. */
    void letGo() {
        for (Variable result : results) {
            if (result.isAlive()) {
                result.release();
            }
        }
    }
}
