package org.backpropaganda.checkpointing.plan;

import java.util.List;
import org.backpropaganda.autograd.technique.BlockOption;
import org.jspecify.annotations.Nullable;

/**
 * A block of a chain as the planner sees it: what each way to execute it costs. All times of a chain are in one unit, which is
 * whoever prices it's to choose; bytes are bytes.
 *
 * @param name of the block, for messages
 * @param options ways to execute it that save something for backward; at least one
 * @param replay what forward without saving costs; null if it may not be computed twice, and so lies in no checkpointed segment
 * @param reversal what it costs as part of a reversible run; null if its input cannot be had back from its output
 * @param parameterGradients bytes of gradients of its parameters that stay from its backward to the end of the step; 0 where
 *     they are used up during backward
 */
public record PlannedBlock(
        String name,
        List<BlockOption> options,
        @Nullable Replay replay,
        @Nullable Reversal reversal,
        long parameterGradients) {

    /**
     * What forward costs that saves nothing.
     *
     * @param forward its time
     * @param transientForward bytes that it takes for as long as it runs, besides input and output; below 0 where they are
     *     never both live
     */
    public record Replay(long forward, long transientForward) {
        /**
         * Checks the figures.
         *
         * @throws IllegalArgumentException if the time is negative
         */
        public Replay {
            requireTime("replay", "forward", forward);
        }
    }

    /**
     * What a block costs whose input is computed from its output in backward. Its time is two forwards and a backward.
     *
     * @param forward time of forward, which the inversion takes as well
     * @param backward time of backward
     * @param transientForward bytes that forward takes for as long as it runs, besides input and output; below 0 where they are
     *     never both live
     * @param transientBackward bytes that the inversion with backward takes for as long as it runs, besides the larger of input
     *     and output and the gradients of both; below 0 where those are never live together
     */
    public record Reversal(long forward, long backward, long transientForward, long transientBackward) {
        /**
         * Checks the figures.
         *
         * @throws IllegalArgumentException if a time is negative
         */
        public Reversal {
            requireTime("reversal", "forward", forward);
            requireTime("reversal", "backward", backward);
        }
    }

    /**
     * Checks the figures.
     *
     * @throws IllegalArgumentException if there is no option, or the bytes of gradients are negative
     */
    public PlannedBlock {
        options = List.copyOf(options);
        if (options.isEmpty()) {
            throw new IllegalArgumentException(
                    name + ": there is no option to execute it; give at least one, as storing all that backward needs");
        }
        if (parameterGradients < 0) {
            throw new IllegalArgumentException(
                    name + ": parameterGradients " + parameterGradients + " is below 0; bytes are counted from 0");
        }
    }

    private static void requireTime(String of, String what, long time) {
        if (time < 0) {
            throw new IllegalArgumentException(of + ": " + what + " " + time + " is below 0; times are counted from 0");
        }
    }
}
