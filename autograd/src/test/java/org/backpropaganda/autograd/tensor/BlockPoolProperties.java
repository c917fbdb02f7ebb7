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

    /** Runs a sequence and leaves nothing live. */
    private static void run(BlockPool pool, List<Action> actions, boolean checks) {
        List<Held> live = new ArrayList<>();
        long liveBytes = 0;
        long peakLive = 0;
        long peakBlocks = 0;
        for (Action action : actions) {
            if (action.allocates) {
                Held held = new Held(pool.allocate(action.bytes), action.bytes, live.size());
                live.add(held);
                liveBytes += action.bytes;
                peakLive = Math.max(peakLive, liveBytes);
                peakBlocks = Math.max(peakBlocks, live.size());
                assertThat(held.block.address() % BlockPool.ALIGNMENT).isZero();
            } else if (!live.isEmpty()) {
                Held victim = live.remove(action.victim % live.size());
                victim.check();
                pool.release(victim.block);
                liveBytes -= victim.bytes;
            }
            if (checks) {
                long rounding = peakBlocks * (2 * PAGE + BlockPool.ALIGNMENT);
                assertThat(pool.reservedBytes())
                        .isGreaterThanOrEqualTo(liveBytes)
                        .isLessThanOrEqualTo(peakLive + peakLive / 16 + rounding);
                assertThat(pool.peakReservedBytes()).isGreaterThanOrEqualTo(pool.reservedBytes());
            }
        }
        assertDisjoint(live);
        live.forEach(Held::check);
        live.forEach(held -> pool.release(held.block));
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
            run(pool, actions, true);
        }
    }

    /** What the C allocator gives, in regions of 64 MiB, on platforms without mappings. */
    @Property(tries = 10)
    void theSameHoldsForAllocatedRegions(@ForAll("actions") List<Action> actions) {
        try (BlockPool pool = new BlockPool(new Pages.Allocated())) {
            run(pool, actions, false);
        }
    }

    @Property(tries = 30)
    void repeatingASequenceReservesNoMore(@ForAll("actions") List<Action> actions) {
        try (BlockPool pool = new BlockPool(Pages.ofThisPlatform())) {
            run(pool, actions, false);
            long reserved = pool.reservedBytes();
            for (int i = 0; i < 3; i++) {
                run(pool, actions, false);
                assertThat(pool.reservedBytes()).isEqualTo(reserved);
            }
        }
    }

    @Property(tries = 30)
    void afterReleaseEverythingIsOnePieceAndTrimGivesItBack(@ForAll("actions") List<Action> actions) {
        try (BlockPool pool = new BlockPool(Pages.ofThisPlatform())) {
            BlockPool.Block first = pool.allocate(1);
            long start = first.address();
            pool.release(first);
            run(pool, actions, false);
            pool.trimTo(0);
            assertThat(pool.reservedBytes()).isZero();
            // One free block from the region's start on: best fit would take a smaller one.
            BlockPool.Block whole = pool.allocate(50_000_000);
            assertThat(whole.address()).isEqualTo(start);
            pool.release(whole);
        }
    }
}
