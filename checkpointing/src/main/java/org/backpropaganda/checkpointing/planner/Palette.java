package org.backpropaganda.checkpointing.planner;

import java.util.ArrayList;
import java.util.List;
import org.backpropaganda.checkpointing.plan.BlockChain;
import org.backpropaganda.checkpointing.plan.PlanStep;

/**
 * What a search chooses from.
 *
 * @param chain of the options that it has
 * @param numbers of those options among all offers, by block
 */
record Palette(BlockChain chain, List<List<Integer>> numbers) {
    /** The same steps by the numbers of offers. */
    List<PlanStep> numbered(List<PlanStep> steps) {
        List<PlanStep> numbered = new ArrayList<>();
        for (PlanStep step : steps) {
            if (step instanceof PlanStep.Save save) {
                numbered.add(new PlanStep.Save(
                        save.block(), numbers.get(save.block()).get(save.option())));
            } else if (step instanceof PlanStep.Replay replay) {
                numbered.add(new PlanStep.Replay(replay.from(), replay.to(), numbered(replay.steps())));
            } else {
                numbered.add(step);
            }
        }
        return List.copyOf(numbered);
    }
}
