package org.backpropaganda.checkpointing.plan;

import java.math.BigInteger;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.backpropaganda.autograd.technique.BlockOption;

/**
 * A chain of blocks as numbers: block i computes the boundary tensor i + 1 from the boundary tensor i, and backward goes the
 * other way.
 *
 * @param boundaries bytes of the boundary tensors, one more than there are blocks: the first is the chain's input
 * @param blocks in the order of forward; at least one
 * @param floor the least bytes that the step takes outside of all blocks, as an update of parameters may; a plan's need is never
 *     below it
 * @param inputHeld whether the caller holds the chain's input in any case, so that nothing of the chain pays for it
 * @param segments which ranges may be one checkpointed segment or one reversible run
 */
public record BlockChain(
        List<Long> boundaries, List<PlannedBlock> blocks, long floor, boolean inputHeld, SegmentRule segments) {
    /**
     * Checks that the parts fit together, and that no sum of them is too large for a {@code long}.
     *
     * @throws IllegalArgumentException if they do not, by what is wrong
     */
    public BlockChain {
        boundaries = List.copyOf(boundaries);
        blocks = List.copyOf(blocks);
        if (blocks.isEmpty()) {
            throw new IllegalArgumentException("the chain has no blocks; give at least one");
        }
        if (boundaries.size() != blocks.size() + 1) {
            throw new IllegalArgumentException("the chain has " + boundaries.size() + " boundaries and " + blocks.size()
                    + " blocks; give one boundary more than blocks: the first is the chain's input");
        }
        for (int i = 0; i < boundaries.size(); i++) {
            if (boundaries.get(i) < 0) {
                throw new IllegalArgumentException(
                        "boundary " + i + " of " + boundaries.get(i) + " bytes is below 0; bytes are counted from 0");
            }
        }
        if (floor < 0) {
            throw new IllegalArgumentException("floor " + floor + " is below 0; bytes are counted from 0");
        }
        requireLong("bytes", mostBytes(boundaries, blocks, floor));
    }

    /** A chain that pays for its input and takes nothing else, and where any range may be a segment. */
    public BlockChain(List<Long> boundaries, List<PlannedBlock> blocks) {
        this(boundaries, blocks, 0, false, SegmentRule.ALL);
    }

    /** How many blocks there are. */
    public int size() {
        return blocks.size();
    }

    /**
     * Checks that no plan's time is too large for a {@code long}.
     *
     * @param levels how deeply replays may be nested
     */
    void requireTimes(int levels) {
        BigInteger most = BigInteger.ZERO;
        for (PlannedBlock block : blocks) {
            BigInteger dearest = BigInteger.ZERO;
            for (BlockOption option : block.options()) {
                dearest = dearest.max(sum(option.forward(), option.backward()));
            }
            PlannedBlock.Reversal reversal = block.reversal();
            if (reversal != null) {
                dearest = dearest.max(sum(reversal.forward(), reversal.forward(), reversal.backward()));
            }
            PlannedBlock.Replay replay = block.replay();
            if (replay != null) {
                dearest = dearest.add(BigInteger.valueOf(replay.forward()).multiply(BigInteger.valueOf(levels)));
            }
            most = most.add(dearest);
        }
        requireLong("times", most);
    }

    private static BigInteger mostBytes(List<Long> boundaries, List<PlannedBlock> blocks, long floor) {
        BigInteger most = sum(floor, 0)
                .add(BigInteger.valueOf(Collections.max(boundaries)).multiply(BigInteger.valueOf(5)));
        BigInteger dearestTransient = BigInteger.ZERO;
        for (long boundary : boundaries) {
            most = most.add(sum(boundary, boundary));
        }
        for (PlannedBlock block : blocks) {
            BigInteger dearest = BigInteger.ZERO;
            for (BlockOption option : block.options()) {
                dearest = dearest.max(BigInteger.valueOf(option.saved()));
                dearestTransient = largest(dearestTransient, option.transientForward(), option.transientBackward());
            }
            PlannedBlock.Reversal reversal = block.reversal();
            if (reversal != null) {
                dearestTransient = largest(dearestTransient, reversal.transientForward(), reversal.transientBackward());
            }
            PlannedBlock.Replay replay = block.replay();
            if (replay != null) {
                dearestTransient = largest(dearestTransient, replay.transientForward());
            }
            most = most.add(dearest).add(BigInteger.valueOf(block.parameterGradients()));
        }
        return most.add(dearestTransient);
    }

    private static BigInteger largest(BigInteger sofar, long... figures) {
        return Arrays.stream(figures)
                .mapToObj(figure -> BigInteger.valueOf(figure).abs())
                .reduce(sofar, BigInteger::max);
    }

    private static BigInteger sum(long... figures) {
        return Arrays.stream(figures).mapToObj(BigInteger::valueOf).reduce(BigInteger.ZERO, BigInteger::add);
    }

    private static void requireLong(String what, BigInteger most) {
        if (most.bitLength() > 62) {
            throw new IllegalArgumentException("the " + what + " of the chain may add up to " + most
                    + ", beyond what is counted with (4611686018427387903); no machine has so much: check the figures");
        }
    }
}
