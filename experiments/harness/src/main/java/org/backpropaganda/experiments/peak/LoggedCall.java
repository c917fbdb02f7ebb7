package org.backpropaganda.experiments.peak;

import org.backpropaganda.autograd.tensor.AllocationWatcher.Phase;
import org.jspecify.annotations.Nullable;

/** An op or a segment that ran in the step of a {@link StepLog}, in forward, again or in backward. */
public final class LoggedCall {
    private final String name;
    private final String path;
    private final Phase phase;
    private final @Nullable LoggedCall caller;
    private final long beganNanos;
    private long endedNanos;

    LoggedCall(String name, String path, Phase phase, @Nullable LoggedCall caller, long beganNanos) {
        this.name = name;
        this.path = path;
        this.phase = phase;
        this.caller = caller;
        this.beganNanos = beganNanos;
        this.endedNanos = beganNanos;
    }

    /** Of the op or segment. */
    public String name() {
        return name;
    }

    /** Of the module call that applied it. */
    public String path() {
        return path;
    }

    /** In which it ran. */
    public Phase phase() {
        return phase;
    }

    /** The op or segment that ran it; null for one of the step itself. */
    public @Nullable LoggedCall caller() {
        return caller;
    }

    /** When it began, since the step did. */
    public long beganNanos() {
        return beganNanos;
    }

    /** When it ended, since the step began. */
    public long endedNanos() {
        return endedNanos;
    }

    void ended(long nanos) {
        endedNanos = nanos;
    }

    /** Whether it computes what was computed before: it says so, or it is a part of something's backward. */
    boolean isAgain() {
        if (phase != Phase.FORWARD) {
            return phase == Phase.REPLAY;
        }
        for (LoggedCall outer = caller; outer != null; outer = outer.caller) {
            if (outer.phase == Phase.BACKWARD) {
                return true;
            }
        }
        return false;
    }
}
