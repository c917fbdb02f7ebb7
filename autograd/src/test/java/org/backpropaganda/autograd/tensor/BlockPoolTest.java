package org.backpropaganda.autograd.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class BlockPoolTest {
    private static final int MEGABYTE = 1 << 20;

    private final BlockPool pool = new BlockPool(Pages.ofThisPlatform());

    @AfterEach
    void close() {
        pool.close();
    }

    @Test
    void takesTheSmallestFreeBlockThatFits() {
        BlockPool.Block large = pool.allocate(4096);
        pool.allocate(64);
        BlockPool.Block small = pool.allocate(1024);
        pool.allocate(64);
        long smallAddress = small.address();
        pool.release(large);
        pool.release(small);
        assertThat(pool.allocate(1000).address()).isEqualTo(smallAddress);
    }

    @Test
    void mergesWithBothNeighbours() {
        BlockPool.Block a = pool.allocate(64);
        BlockPool.Block b = pool.allocate(64);
        BlockPool.Block c = pool.allocate(64);
        pool.allocate(64);
        long start = a.address();
        pool.release(a);
        pool.release(c);
        pool.release(b);
        assertThat(pool.allocate(192).address()).isEqualTo(start);
    }

    @Test
    void aBlockIsReleasedOnce() {
        BlockPool.Block block = pool.allocate(64);
        pool.release(block);
        assertThatIllegalStateException().isThrownBy(() -> pool.release(block)).withMessage("block is already free");
    }

    @Test
    void freedPagesStayUntilTrimmed() {
        BlockPool.Block kept = pool.allocate(MEGABYTE);
        NativeBytes.buffer(kept.address(), 1).put((byte) 5);
        BlockPool.Block freed = pool.allocate(MEGABYTE);
        assertThat(pool.reservedBytes()).isEqualTo(2 * MEGABYTE);
        NativeBytes.buffer(freed.address(), 1).put((byte) 9);
        pool.release(freed);
        assertThat(pool.reservedBytes()).isEqualTo(2 * MEGABYTE);
        pool.trimTo(0);
        assertThat(pool.reservedBytes()).isEqualTo(MEGABYTE);
        assertThat(NativeBytes.buffer(kept.address(), 1).get()).isEqualTo((byte) 5);
        assertThat(pool.peakReservedBytes()).isEqualTo(2 * MEGABYTE);
        pool.resetPeak();
        assertThat(pool.peakReservedBytes()).isEqualTo(MEGABYTE);

        BlockPool.Block again = pool.allocate(MEGABYTE);
        assertThat(again.address()).isEqualTo(freed.address());
        assertThat(pool.reservedBytes()).isEqualTo(2 * MEGABYTE);
    }

    /** A hole that the next block does not fit would be paid for twice. */
    @Test
    void holesGiveTheirPagesBackBeforeTheSlackIsExceeded() {
        BlockPool.Block hole = pool.allocate(8 * MEGABYTE);
        pool.allocate(MEGABYTE);
        pool.release(hole);
        pool.allocate(8 * MEGABYTE + 64);
        assertThat(pool.reservedBytes()).isLessThanOrEqualTo((9 * MEGABYTE + 64) / 16 * 17 + (1 << 14));
    }

    @Test
    void absurdSizesAreRefused() {
        for (long bytes : new long[] {Long.MAX_VALUE, Long.MAX_VALUE - 62, 1L << 62, (1L << 44) + 1}) {
            assertThatExceptionOfType(OutOfMemoryError.class).isThrownBy(() -> pool.allocate(bytes));
        }
        assertThat(pool.reservedBytes()).isZero();
        pool.release(pool.allocate(1));
    }
}
