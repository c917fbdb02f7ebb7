package org.backpropaganda.checkpointing.planner;

import java.util.List;
import org.backpropaganda.checkpointing.plan.PlanStep;
import org.jspecify.annotations.Nullable;

/**
 * An arrangement of the whole model that was run on shapes.
 *
 * @param steps block by block; empty where one technique arranges the model
 * @param ways of the blocks
 * @param whole the term of that technique, or null
 * @param peakBytes live at once, of the whole step
 * @param time of all its ops
 */
record Tried(List<PlanStep> steps, List<Way> ways, @Nullable String whole, long peakBytes, long time) {

    /** Whether it is to be preferred: faster, or as fast in fewer bytes. */
    boolean beats(@Nullable Tried other) {
        return other == null || time < other.time || (time == other.time && peakBytes < other.peakBytes);
    }
}
