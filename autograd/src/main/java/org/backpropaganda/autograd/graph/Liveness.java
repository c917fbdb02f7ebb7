package org.backpropaganda.autograd.graph;

import java.util.List;

/**
 * When values that nobody will read end: before the call that made them does, so that a sequence holds what lies between two of
 * its links for no longer than the second of them runs.
 *
 * <pre>{@code
 * List<Variable> next = link.call(current);
 * Liveness.letGo(current, inputs, next);
 * }</pre>
 */
public final class Liveness {
    private Liveness() {}

    /**
     * Releases what is still alive of the variables that a computation has passed. What the tape keeps for backward stays with
     * the tape.
     *
     * @param passed read for the last time
     * @param inputs of the whole computation, which belong to its caller: they stay
     * @param results of the computation, some of which may be among those that were passed: they stay
     */
    public static void letGo(List<Variable> passed, List<Variable> inputs, List<Variable> results) {
        for (Variable variable : passed) {
            if (!inputs.contains(variable) && !results.contains(variable) && variable.isAlive()) {
                variable.release();
            }
        }
    }
}
