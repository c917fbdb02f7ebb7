package org.backpropaganda.checkpointing.planner;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a planner has to tell of a model and a budget.
 *
 * @param budgetBytes that was asked for
 * @param fastest the fastest plan within it, or null if nothing fits
 * @param leastBytes the least that a step was found to need
 * @param bindingBlock the block whose step needs them
 * @param frontier plans that none beats in bytes and time at once: bytes rise, times fall
 * @param alone plain backpropagation, and behind it each technique by itself, uniform checkpoints among them
 * @param refused techniques that cannot be used with the model, and why
 */
public record PlanSurvey(
        long budgetBytes,
        @Nullable Plan fastest,
        long leastBytes,
        String bindingBlock,
        List<Plan> frontier,
        List<Plan> alone,
        Map<String, String> refused) {
    /** Copies the lists. */
    public PlanSurvey {
        frontier = List.copyOf(frontier);
        alone = List.copyOf(alone);
        refused = Map.copyOf(refused);
    }
}
