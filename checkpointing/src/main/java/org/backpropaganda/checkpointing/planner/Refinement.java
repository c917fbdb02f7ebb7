package org.backpropaganda.checkpointing.planner;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.backpropaganda.autograd.technique.BlockOption;
import org.backpropaganda.checkpointing.plan.BlockChain;
import org.backpropaganda.checkpointing.plan.PlanStep;
import org.backpropaganda.checkpointing.plan.PlannedBlock;

/**
 * Uses up what an arrangement leaves of its budget where the prediction was cautious: one after another, segments are not computed
 * again and blocks store, as long as the whole fits and is faster.
 */
final class Refinement {
    private static final int MOST = 24;

    private final Trials trials;
    private final BlockChain chain;

    /** A step, and what may take its place. */
    private record Change(PlanStep step, List<PlanStep> other, long gain) {}

    /**
     * In a model.
     *
     * @param chain of all offers
     */
    Refinement(Trials trials, BlockChain chain) {
        this.trials = trials;
        this.chain = chain;
    }

    Tried of(Tried found, long budgetBytes) {
        List<Change> changes = new ArrayList<>();
        gather(found.steps(), changes);
        changes.sort(Comparator.comparingLong(Change::gain).reversed());
        Tried best = found;
        for (Change change : changes.subList(0, Math.min(MOST, changes.size()))) {
            List<PlanStep> steps = replaced(best.steps(), change);
            if (!steps.equals(best.steps())) {
                Tried next = trials.of(steps);
                best = next.peakBytes() <= budgetBytes && next.beats(best) ? next : best;
            }
        }
        return best;
    }

    private void gather(List<PlanStep> steps, List<Change> changes) {
        for (PlanStep step : steps) {
            if (step instanceof PlanStep.Save save && save.option() > 0) {
                long gain = time(save.block(), save.option()) - time(save.block(), 0);
                changes.add(new Change(step, List.of(new PlanStep.Save(save.block(), 0)), gain));
            } else if (step instanceof PlanStep.Replay replay) {
                long gain = 0;
                for (int block = replay.from(); block < replay.to(); block++) {
                    PlannedBlock.Replay again = chain.blocks().get(block).replay();
                    gain += again == null ? 0 : again.forward();
                }
                changes.add(new Change(step, replay.steps(), gain));
                gather(replay.steps(), changes);
            }
        }
    }

    private long time(int block, int number) {
        BlockOption option = chain.blocks().get(block).options().get(number);
        return option.forward() + option.backward();
    }

    private static List<PlanStep> replaced(List<PlanStep> steps, Change change) {
        List<PlanStep> replaced = new ArrayList<>();
        for (PlanStep step : steps) {
            if (step.equals(change.step())) {
                replaced.addAll(change.other());
            } else if (step instanceof PlanStep.Replay replay) {
                replaced.add(new PlanStep.Replay(replay.from(), replay.to(), replaced(replay.steps(), change)));
            } else {
                replaced.add(step);
            }
        }
        return List.copyOf(replaced);
    }
}
