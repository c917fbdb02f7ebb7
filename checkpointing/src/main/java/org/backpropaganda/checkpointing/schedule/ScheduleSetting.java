package org.backpropaganda.checkpointing.schedule;

import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A number that a schedule is made with. */
public enum ScheduleSetting {
    /** Slots in memory. */
    SLOTS("slots", "slots in memory, that of the initial state included", true, null),
    /** Slots in the file. */
    FILE_SLOTS("file-slots", "slots in a file", true, 0.0),
    /** Steps of a segment. */
    EVERY("every", "steps between two states that are kept", true, null),
    /** Steps between two states in the file. */
    PERIOD("period", "steps between two states in a file", true, null),
    /** Of one state to the file. */
    WRITE_COST("write-cost", "of one state to a file", false, StepCosts.USUAL.write()),
    /** Of one state from the file. */
    READ_COST("read-cost", "of one state from a file", false, StepCosts.USUAL.read()),
    /** Of one step. */
    FORWARD_COST("forward-cost", "of one step, in the same unit", false, StepCosts.USUAL.forward()),
    /** Of one step. */
    BACKWARD_COST("backward-cost", "of one step, in the same unit", false, StepCosts.USUAL.backward());

    private final String word;
    private final String description;
    private final boolean whole;
    private final Optional<Double> usual;

    ScheduleSetting(String word, String description, boolean whole, @Nullable Double usual) {
        this.word = word;
        this.description = description;
        this.whole = whole;
        this.usual = Optional.ofNullable(usual);
    }

    /** As it is said on a command line. */
    public String word() {
        return word;
    }

    /** A letter that stands for the number in help. */
    public String placeholder() {
        return word.substring(0, 1).toUpperCase(Locale.ROOT);
    }

    /** Whether it says how a file is used. */
    boolean isOfFile() {
        return switch (this) {
            case FILE_SLOTS, PERIOD, WRITE_COST, READ_COST -> true;
            case SLOTS, EVERY, FORWARD_COST, BACKWARD_COST -> false;
        };
    }

    /** What the number says. */
    public String description() {
        return description;
    }

    /** What it is if it is not given; empty if it has to be. */
    public Optional<Double> usual() {
        return usual;
    }

    /** Whether it counts something. */
    public boolean isWhole() {
        return whole;
    }
}
