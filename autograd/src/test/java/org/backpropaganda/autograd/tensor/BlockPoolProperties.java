package org.backpropaganda.autograd.tensor;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;
import org.jspecify.annotations.Nullable;

/** What holds after any sequence of allocations and releases. */
class BlockPoolProperties {
    private static final long PAGE = 1 << 14;

    /** Allocates {@code bytes}, or releases the {@code victim}-th live block if there is one. */
    record Action(boolean allocates, int bytes, int victim) {}

    @Provide
    Arbitrary<List<Action>> actions() {
        Arbitrary<Integer> sizes = Arbitraries.frequencyOf(
                Tuple.of(3, Arbitraries.integers().between(1, 300)),
                Tuple.of(3, Arbitraries.integers().between(1, 40_000)),
                Tuple.of(1, Arbitraries.integers().between(1, 700_000)));
        return Combinators.combine(
                        Arbitraries.of(true, true, true, false, false),
                        sizes,
                        Arbitraries.integers().between(0, 1000))
                .as(Action::new)
                .list()
                .ofMinSize(1)
                .ofMaxSize(120);
    }

    /** A live block, filled with its own number. */
    private static final class Held {
        private final BlockPool.Block block;
        private final int bytes;
        private final byte pattern;

        Held(BlockPool.Block block, int bytes, int number) {
            this.block = block;
            this.bytes = bytes;
            this.pattern = (byte) (number * 37 + 1);
            byte[] fill = new byte[bytes];
            Arrays.fill(fill, pattern);
            NativeBytes.buffer(block.address(), bytes).put(fill);
        }

        void check() {
            ByteBuffer buffer = NativeBytes.buffer(block.address(), bytes);
            byte[] content = new byte[bytes];
            buffer.get(content);
            for (int i = 0; i < bytes; i++) {
                if (content[i] != pattern) {
                    throw new AssertionError("byte " + i + " of a block of " + bytes + " was overwritten");
                }
            }
        }
    }

    /** Reserved pages: at most a sixteenth beyond the highest live bytes, and what rounding to pages costs each block. */
    private static final class Bound {
        private long peakLive;
        private long peakBlocks;

        void check(BlockPool pool, long liveBytes, long liveBlocks) {
            peakLive = Math.max(peakLive, liveBytes);
            peakBlocks = Math.max(peakBlocks, liveBlocks);
            long rounding = peakBlocks * (2 * PAGE + BlockPool.ALIGNMENT);
            assertThat(pool.reservedBytes())
                    .isGreaterThanOrEqualTo(liveBytes)
                    .isLessThanOrEqualTo(peakLive + peakLive / 16 + rounding);
            assertThat(pool.peakReservedBytes()).isGreaterThanOrEqualTo(pool.reservedBytes());
        }
    }

    /** Runs a sequence and leaves nothing live. Returns where each block lay. */
    private static List<Long> run(BlockPool pool, List<Action> actions, @Nullable Bound bound) {
        List<Long> addresses = new ArrayList<>();
        List<Held> live = new ArrayList<>();
        long liveBytes = 0;
        for (Action action : actions) {
            if (action.allocates) {
                Held held = new Held(pool.allocate(action.bytes), action.bytes, live.size());
                live.add(held);
                addresses.add(held.block.address());
                liveBytes += action.bytes;
                assertThat(held.block.address() % BlockPool.ALIGNMENT).isZero();
            } else if (!live.isEmpty()) {
                Held victim = live.remove(action.victim % live.size());
                victim.check();
                pool.release(victim.block);
                liveBytes -= victim.bytes;
            }
            if (bound != null) {
                bound.check(pool, liveBytes, live.size());
            }
        }
        assertDisjoint(live);
        live.forEach(Held::check);
        live.forEach(held -> pool.release(held.block));
        return addresses;
    }

    private static void assertDisjoint(List<Held> live) {
        List<Held> sorted = new ArrayList<>(live);
        sorted.sort(Comparator.comparingLong(held -> held.block.address()));
        for (int i = 1; i < sorted.size(); i++) {
            Held left = sorted.get(i - 1);
            assertThat(left.block.address() + left.bytes)
                    .isLessThanOrEqualTo(sorted.get(i).block.address());
        }
    }

    @Property(tries = 60)
    void blocksAreDisjointAlignedAndKeepTheirContent(@ForAll("actions") List<Action> actions) {
        try (BlockPool pool = new BlockPool(Pages.ofThisPlatform())) {
            run(pool, actions, new Bound());
        }
    }

    /** What the C allocator gives, in regions of 64 MiB, on platforms without mappings. */
    @Property(tries = 10)
    void theSameHoldsForAllocatedRegions(@ForAll("actions") List<Action> actions) {
        try (BlockPool pool = new BlockPool(new Pages.Allocated())) {
            run(pool, actions, null);
        }
    }

    /**
     * Which pages a run finds touched depends on the run before it, and so does when free ones go back: the count of
     * reserved pages may differ from run to run, but each run keeps the bound.
     */
    @Property(tries = 30)
    void repeatingASequencePutsEveryBlockWhereItWasWithinTheSameBound(@ForAll("actions") List<Action> actions) {
        try (BlockPool pool = new BlockPool(Pages.ofThisPlatform())) {
            Bound bound = new Bound();
            List<Long> addresses = run(pool, actions, bound);
            for (int i = 0; i < 3; i++) {
                assertThat(run(pool, actions, bound)).isEqualTo(addresses);
            }
        }
    }

    @Property(tries = 30)
    void afterReleaseEverythingIsOnePieceAndTrimGivesItBack(@ForAll("actions") List<Action> actions) {
        try (BlockPool pool = new BlockPool(Pages.ofThisPlatform())) {
            BlockPool.Block first = pool.allocate(1);
            long start = first.address();
            pool.release(first);
            run(pool, actions, null);
            pool.trimTo(0);
            assertThat(pool.reservedBytes()).isZero();
            // One free block from the region's start on: best fit would take a smaller one.
            BlockPool.Block whole = pool.allocate(50_000_000);
            assertThat(whole.address()).isEqualTo(start);
            pool.release(whole);
        }
    }
}
