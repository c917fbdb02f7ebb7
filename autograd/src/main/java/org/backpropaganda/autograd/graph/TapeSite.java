package org.backpropaganda.autograd.graph;

import org.jspecify.annotations.Nullable;

/**
 * Where a tape inside a segment computes, and what it has to do with the first run.
 *
 * @param kind which of the below
 * @param trace that it writes, or is compared with; null if nothing of it will be, or was, computed twice
 * @param site where it begins, if that is not where the segment stands
 */
public record TapeSite(
        Kind kind, @Nullable Trace trace, @Nullable CallSite site) {

    /** How a nested computation stands to the call that runs. */
    public enum Kind {
        /** It is the running call: calls count there, and all that follow the call follow it. */
        HERE,
        /** It stands beside the running call, and its calls do not count there. */
        ASIDE,
        /** It was computed before: it draws the same random numbers and has no effects. */
        AGAIN
    }

    /** Carries on the running call, and will not be computed again. */
    public static TapeSite here() {
        return new TapeSite(Kind.HERE, null, null);
    }

    /**
     * Carries on the running call, and will be computed again.
     *
     * @param trace empty
     */
    public static TapeSite here(Trace trace) {
        return new TapeSite(Kind.HERE, trace, null);
    }

    /**
     * Makes calls aside from the running one.
     *
     * @param trace takes the calls up; if it is that of the first run, they are compared with it
     * @param site where they are made
     */
    public static TapeSite aside(Trace trace, CallSite site) {
        return new TapeSite(Kind.ASIDE, trace, site);
    }

    /** Computes all of it again that left a trace. */
    public static TapeSite again(Trace trace) {
        return new TapeSite(Kind.AGAIN, trace, null);
    }

    /**
     * Computes some calls again of those that left a trace.
     *
     * @param site where the first run made them
     */
    public static TapeSite again(Trace trace, CallSite site) {
        return new TapeSite(Kind.AGAIN, trace, site);
    }

    /**
     * Computes by ops what the first run computed without a tape, so that there is no trace to compare with.
     *
     * @param site where the first run stood
     */
    public static TapeSite again(CallSite site) {
        return new TapeSite(Kind.AGAIN, null, site);
    }
}
