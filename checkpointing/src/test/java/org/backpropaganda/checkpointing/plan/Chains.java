package org.backpropaganda.checkpointing.plan;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.LongStream;
import org.backpropaganda.autograd.technique.BlockOption;

/** Chains whose plans tests know, and random ones. */
final class Chains {
    private Chains() {}

    static List<Long> boundaries(long... bytes) {
        return LongStream.of(bytes).boxed().toList();
    }

    /** An option as its figures in the order of a table: times, saved bytes, leases of input and output, transients. */
    static BlockOption option(long f, long b, long s, int in, int out, long tf, long tb) {
        return new BlockOption("option", f, b, s, in == 1, out == 1, tf, tb);
    }

    static PlannedBlock block(PlannedBlock.Replay replay, BlockOption... options) {
        return new PlannedBlock("block", List.of(options), replay, null, 0);
    }

    static PlannedBlock reversible(PlannedBlock.Replay replay, PlannedBlock.Reversal reversal, BlockOption... options) {
        return new PlannedBlock("block", List.of(options), replay, reversal, 0);
    }

    static PlannedBlock.Replay replay(long forward, long transientBytes) {
        return new PlannedBlock.Replay(forward, transientBytes);
    }

    /** Equal blocks that save three times a boundary. */
    static BlockChain uniform(int n) {
        PlannedBlock block = block(replay(1, 0), option(1, 2, 3, 1, 0, 0, 0));
        return new BlockChain(Collections.nCopies(n + 1, 1L), Collections.nCopies(n, block));
    }

    /** A short chain of everything: options that lease and work in place, reversible blocks, blocks that run once. */
    static BlockChain random(Random random, int size, int mostOptions) {
        List<Long> boundaries = new ArrayList<>(List.of((long) random.nextInt(5)));
        List<PlannedBlock> blocks = new ArrayList<>();
        boolean gradients = random.nextBoolean();
        for (int i = 0; i < size; i++) {
            boundaries.add((long) random.nextInt(5));
            List<BlockOption> options = new ArrayList<>();
            int count = 1 + random.nextInt(mostOptions);
            for (int k = 0; k < count; k++) {
                options.add(option(random));
            }
            blocks.add(new PlannedBlock(
                    "block " + i,
                    options,
                    random.nextInt(8) == 0 ? null : replay(random.nextInt(4), figure(random)),
                    random.nextInt(3) > 0
                            ? null
                            : new PlannedBlock.Reversal(
                                    random.nextInt(4), random.nextInt(6), figure(random), figure(random)),
                    gradients ? random.nextInt(4) : 0));
        }
        int mask = random.nextInt(3) == 0 ? random.nextInt() : -1;
        return new BlockChain(
                boundaries,
                blocks,
                random.nextInt(4) == 0 ? random.nextInt(30) : 0,
                random.nextInt(4) == 0,
                mask == -1 ? SegmentRule.ALL : (from, to) -> (mask >> (from * 5 + to - 1) % 31 & 1) == 0);
    }

    static BlockOption option(Random random) {
        return option(
                random.nextInt(4),
                random.nextInt(6),
                random.nextInt(8),
                random.nextInt(4) == 0 ? 0 : 1,
                random.nextInt(4) == 0 ? 1 : 0,
                figure(random),
                figure(random));
    }

    /** Transient bytes: mostly none or a few, at times less than none. */
    private static long figure(Random random) {
        return random.nextInt(6) == 0 ? -random.nextInt(4) : random.nextInt(4);
    }
}
