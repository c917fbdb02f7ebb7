package org.backpropaganda.checkpointing.plan;

import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.backpropaganda.autograd.technique.BlockOption;

/**
 * What each step of a plan costs by itself: the bytes that it holds until its backward, the bytes that it needs free while it
 * runs, its time.
 *
 * <p>A need is told relative to what waits while the step runs: the end {@code j} of the range in which it lies stands for the
 * gradients of parameters of all blocks from {@code j} on, which are left out, and inside a replay the gradient of the boundary
 * {@code j} waits, which is counted. So equal ranges have equal needs wherever they lie.
 *
 * <p>A step whose transient bytes are below 0 needs at least what is live when it begins and when it ends.
 */
final class StepNeeds {
    /** Bytes of each boundary. */
    final long[] boundary;
    /** Bytes of parameter gradients of each block and all behind it; at the end 0. */
    final long[] gradients;
    /** Time of forward that saves nothing. */
    final long[] replayTime;

    final boolean[] replayable;
    final boolean[] reversible;
    /** Whether the boundary in front of a block may be leased by whoever comes before. */
    final boolean[] inputLeased;

    private final PlannedBlock[] blocks;
    private final BlockOption[][] options;
    private final long[] replayTransient;

    StepNeeds(BlockChain chain) {
        int n = chain.size();
        boundary = chain.boundaries().stream().mapToLong(Long::longValue).toArray();
        blocks = chain.blocks().toArray(PlannedBlock[]::new);
        options = new BlockOption[n][];
        gradients = new long[n + 1];
        replayTime = new long[n];
        replayTransient = new long[n];
        replayable = new boolean[n];
        reversible = new boolean[n];
        inputLeased = new boolean[n + 1];
        inputLeased[0] = chain.inputHeld();
        for (int i = n - 1; i >= 0; i--) {
            PlannedBlock block = blocks[i];
            options[i] = block.options().toArray(BlockOption[]::new);
            gradients[i] = gradients[i + 1] + block.parameterGradients();
            PlannedBlock.Replay replay = block.replay();
            if (replay != null) {
                replayable[i] = true;
                replayTime[i] = replay.forward();
                replayTransient[i] = replay.transientForward();
            }
            reversible[i] = block.reversal() != null;
            inputLeased[i + 1] = reversible[i] || block.options().stream().anyMatch(BlockOption::leasesOutput);
        }
    }

    int size() {
        return blocks.length;
    }

    boolean anyReversible() {
        for (boolean each : reversible) {
            if (each) {
                return true;
            }
        }
        return false;
    }

    int options(int i) {
        return options[i].length;
    }

    boolean leasesOutput(int i, int option) {
        return options[i][option].leasesOutput();
    }

    long saveTime(int i, int option) {
        return options[i][option].forward() + options[i][option].backward();
    }

    /** Bytes from forward to backward of a block whose input is leased by the one before, or not. */
    long saveHolds(int i, int option, boolean leased) {
        BlockOption way = options[i][option];
        return way.saved()
                + (way.leasesInput() ? heldInput(i, leased) : 0)
                + (way.leasesOutput() ? boundary[i + 1] : 0);
    }

    long saveNeeds(int i, int option, boolean leased, int j, boolean inReplay) {
        BlockOption way = options[i][option];
        long input = heldInput(i, leased);
        long made = boundary[i + 1] + way.saved();
        long forward = waiting(j, inReplay)
                + most(input + made + way.transientForward(), input, made + (way.leasesInput() ? input : 0));
        long begun = saveHolds(i, option, leased) + boundary[i + 1];
        long backward = begun
                + Math.max(
                        boundary[i] + way.transientBackward() + gradients[i] - gradients[j],
                        gradients[i + 1] - gradients[j]);
        return Math.max(forward, backward);
    }

    /** Bytes from forward to the replay of a segment that begins at a block. */
    long replayHolds(int i, boolean leased) {
        return heldInput(i, leased);
    }

    /** What forward without saving needs at block c of a segment from i, besides the segment's input and what waits. */
    long replayNeeds(int i, int c) {
        long input = c > i ? boundary[c] : 0;
        return most(input + boundary[c + 1] + replayTransient[c], input, boundary[c + 1]);
    }

    /** What waits through a forward in a range that ends at j. */
    long waiting(int j, boolean inReplay) {
        return inReplay ? boundary[j] : 0;
    }

    long reverseTime(int c) {
        PlannedBlock.Reversal reversal = reversal(c);
        return reversal.forward() * 2 + reversal.backward();
    }

    /** Bytes from the forward to the reversal of a run that ends at r. */
    long reverseHolds(int r) {
        return boundary[r];
    }

    /** What block c of a reversible run from i needs, either way. */
    long reverseNeeds(int i, int c, boolean leased, int j, boolean inReplay) {
        PlannedBlock.Reversal reversal = reversal(c);
        long input = c > i ? boundary[c] : heldInput(c, leased);
        long output = boundary[c + 1];
        long forward = waiting(j, inReplay) + most(input + output + reversal.transientForward(), input, output);
        long backward = Math.max(
                Math.max(boundary[c], output) + boundary[c] + output + reversal.transientBackward() + gradients[c],
                output + output + gradients[c + 1]);
        return Math.max(forward, backward - gradients[j]);
    }

    /** What the end of the chain needs: its output and the gradient of it. */
    long endNeeds(boolean leased) {
        return heldInput(size(), leased) + boundary[size()];
    }

    /** A block by all that decides about its needs and times, and those of ranges that it lies in. */
    List<Object> likeness(int i) {
        PlannedBlock block = blocks[i];
        return Arrays.asList(
                block.options(),
                block.replay(),
                block.reversal(),
                block.parameterGradients(),
                boundary[i],
                inputLeased[i]);
    }

    private long heldInput(int i, boolean leased) {
        return leased ? 0 : boundary[i];
    }

    private PlannedBlock.Reversal reversal(int c) {
        return Objects.requireNonNull(blocks[c].reversal());
    }

    private static long most(long a, long b, long c) {
        return Math.max(a, Math.max(b, c));
    }
}
