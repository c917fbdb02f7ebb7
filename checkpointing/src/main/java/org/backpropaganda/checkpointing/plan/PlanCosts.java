package org.backpropaganda.checkpointing.plan;

import java.util.List;

/**
 * What a plan costs: the most that is live at any moment, and the time.
 *
 * @param need bytes that must be free for it; not below the floor of the chain
 * @param time in the unit of the chain's times
 * @param block the first block whose needs reach the most, without regard to the floor of the chain
 */
public record PlanCosts(long need, long time, int block) {
    /**
     * Goes through a plan step by step.
     *
     * @throws IllegalArgumentException if the plan is none of this chain: it leaves a block out, computes one again that has no
     *     replay, or names an option that there is not
     */
    public static PlanCosts of(BlockChain chain, List<PlanStep> plan) {
        Walk walk = new Walk(new StepNeeds(chain), chain);
        walk.range(plan, 0, chain.size(), chain.inputHeld(), 0, false);
        return new PlanCosts(Math.max(walk.most, chain.floor()), walk.time, walk.block);
    }

    private static final class Walk {
        private final StepNeeds needs;
        private final BlockChain chain;
        private long most = Long.MIN_VALUE;
        private long time;
        private int block;

        Walk(StepNeeds needs, BlockChain chain) {
            this.needs = needs;
            this.chain = chain;
        }

        void range(List<PlanStep> steps, int from, int to, boolean inputLeased, long heldBefore, boolean inReplay) {
            int i = from;
            boolean leased = inputLeased;
            long held = heldBefore;
            for (PlanStep step : steps) {
                if (step.from() != i || step.to() <= i || step.to() > to) {
                    throw new IllegalArgumentException("plan: a step from block " + step.from() + " to " + step.to()
                            + " stands where one from block " + i + " to at most " + to + " must");
                }
                if (step instanceof PlanStep.Save save) {
                    requireOption(save);
                    reach(held + needs.saveNeeds(i, save.option(), leased, to, inReplay), to, i);
                    time += needs.saveTime(i, save.option());
                    held += needs.saveHolds(i, save.option(), leased);
                    leased = needs.leasesOutput(i, save.option());
                } else if (step instanceof PlanStep.Replay replay) {
                    long input = needs.replayHolds(i, leased);
                    for (int c = i; c < replay.to(); c++) {
                        require(needs.replayable[c], c, "computes", "again, which it cannot be");
                        reach(held + input + needs.replayNeeds(i, c) + needs.waiting(to, inReplay), to, c);
                        time += needs.replayTime[c];
                    }
                    range(replay.steps(), i, replay.to(), leased, held, true);
                    held += input;
                    leased = false;
                } else {
                    for (int c = i; c < step.to(); c++) {
                        require(needs.reversible[c], c, "reverses", "which cannot be reversed");
                        reach(held + needs.reverseNeeds(i, c, leased, to, inReplay), to, c);
                        time += needs.reverseTime(c);
                    }
                    held += needs.reverseHolds(step.to());
                    leased = true;
                }
                i = step.to();
            }
            if (i != to) {
                throw new IllegalArgumentException("plan: nothing is said of blocks " + i + " to " + to);
            }
            if (!inReplay) {
                reach(held + needs.endNeeds(leased), to, to - 1);
            }
        }

        private void reach(long bytes, int end, int at) {
            if (bytes + needs.gradients[end] > most) {
                most = bytes + needs.gradients[end];
                block = at;
            }
        }

        private void requireOption(PlanStep.Save save) {
            int count = needs.options(save.block());
            if (save.option() < 0 || save.option() >= count) {
                throw new IllegalArgumentException("plan: " + name(save.block()) + " has " + count
                        + " options, numbered from 0; there is no option " + save.option());
            }
        }

        private void require(boolean able, int c, String verb, String reason) {
            if (!able) {
                throw new IllegalArgumentException("plan: it " + verb + " " + name(c) + ", " + reason);
            }
        }

        private String name(int c) {
            return "block " + c + " (" + chain.blocks().get(c).name() + ")";
        }
    }
}
