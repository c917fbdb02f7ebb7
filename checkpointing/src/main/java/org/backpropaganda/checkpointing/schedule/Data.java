package org.backpropaganda.checkpointing.schedule;

import java.util.Locale;

/** What is kept of a step. */
public enum Data {
    /** The state in front of the step, from which it and all behind it can be computed. */
    RESTART,
    /** What the step saved for its backward. */
    ADJOINT;

    /** As a schedule is printed: {@code restart} or {@code adjoint}. */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
