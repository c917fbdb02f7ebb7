package org.backpropaganda.autograd.graph;

/**
 * Ends a replay whose results nobody reads, at its last op: what backward needs is recorded, and the op has not to run. It passes
 * through the module calls that are running as a failure would, and is caught by {@link SegmentBackward#untilSaved}.
 */
final class AllSaved extends Error {
    private static final long serialVersionUID = 1L;

    private final transient Variable result;

    /**
     * The end.
     *
     * @param result of the op, without a value
     */
    AllSaved(Variable result) {
        super("a replay ended when all was saved; let it pass", null, false, false);
        this.result = result;
    }

    Variable result() {
        return result;
    }
}
