package org.backpropaganda.checkpointing.schedule;

import org.jspecify.annotations.Nullable;

/** An action of a schedule cannot be done where it stands; the message names its number, the action and the reason. */
public final class BrokenScheduleException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final long number;

    BrokenScheduleException(long number, @Nullable Action action, String reason) {
        super((action == null ? "end of the schedule behind action " + number : "action " + number + ", " + action)
                + ": " + reason);
        this.number = number;
    }

    /** Of the action, from 1; of the last one if the schedule ends too early or leaves something. */
    public long number() {
        return number;
    }
}
