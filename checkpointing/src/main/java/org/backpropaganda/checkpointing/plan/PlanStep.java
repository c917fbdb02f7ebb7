package org.backpropaganda.checkpointing.plan;

import java.util.List;

/**
 * One step of a plan. The steps of a plan follow on from each other: each begins at the block where the one before ends, and
 * together they cover the chain.
 */
public sealed interface PlanStep {
    /** The first block that it is about. */
    int from();

    /** The block behind the last one that it is about. */
    int to();

    /**
     * A block executed in one of its ways, whose saves stay for backward.
     *
     * @param block of the chain
     * @param option of the block, by index
     */
    record Save(int block, int option) implements PlanStep {
        @Override
        public int from() {
            return block;
        }

        @Override
        public int to() {
            return block + 1;
        }
    }

    /**
     * A checkpointed segment: forward keeps the segment's input alone, and when backward comes to it, it is computed again.
     *
     * @param from the first block
     * @param to the block behind the last one
     * @param steps how it is computed then; they cover the segment
     */
    record Replay(int from, int to, List<PlanStep> steps) implements PlanStep {
        /** Takes a copy of the steps. */
        public Replay {
            steps = List.copyOf(steps);
        }
    }

    /**
     * A reversible run: its output alone is kept, and backward computes the inputs from it, block by block.
     *
     * @param from the first block
     * @param to the block behind the last one
     */
    record Reverse(int from, int to) implements PlanStep {}
}
