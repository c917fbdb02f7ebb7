package org.backpropaganda.autograd.tensor;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Native memory in blocks, reused: best fit, split on allocation, merged with free neighbours on release.
 *
 * <p>Freed blocks keep their pages, so that the next allocation pays for no page fault. {@link #reservedBytes()} counts
 * the pages that the pool has touched and not given back: before it would exceed the highest live bytes by more than one
 * part in {@value #SLACK_DIVISOR}, the largest free blocks give their pages back to the system. Thread-safe.
 */
final class BlockPool implements AutoCloseable {
    /** Every block starts at a multiple of this and its size is one. */
    static final long ALIGNMENT = 64;

    private static final int PAGE_SHIFT = 14;
    private static final long PAGE = 1L << PAGE_SHIFT;
    private static final int SLACK_DIVISOR = 16;

    /** The largest block; page numbers and sums of sizes stay far from overflow. */
    private static final long LARGEST = 1L << 44;

    private final Pages pages;
    private final List<Region> regions = new ArrayList<>();
    private final TreeSet<Block> free = new TreeSet<>(BlockPool::order);
    private boolean closed;
    private long rangeBytes;
    private long liveBytes;
    private long peakLiveBytes;
    private long reservedBytes;
    private long peakReservedBytes;

    BlockPool(Pages pages) {
        this.pages = pages;
    }

    /** By size, then by place. */
    private static int order(Block a, Block b) {
        if (a.bytes != b.bytes) {
            return Long.compare(a.bytes, b.bytes);
        }
        int regions = Integer.compare(a.region.number, b.region.number);
        return regions != 0 ? regions : Long.compare(a.address, b.address);
    }

    /** A contiguous piece of a region, free or in use. */
    static final class Block {
        private final Region region;
        private long address;
        private long bytes;
        private boolean inUse;
        private @Nullable Block before;
        private @Nullable Block after;

        private Block(Region region, long address, long bytes) {
            this.region = region;
            this.address = address;
            this.bytes = bytes;
        }

        long address() {
            return address;
        }
    }

    private static final class Region {
        /** Orders regions: their addresses differ from run to run. */
        private final int number;

        private final long address;
        private final long bytes;
        private final BitSet touched = new BitSet();

        Region(int number, long address, long bytes) {
            this.number = number;
            this.address = address;
            this.bytes = bytes;
        }

        private int pageAt(long at) {
            return (int) ((at - address) >>> PAGE_SHIFT);
        }
    }

    /** A block of at least {@code bytes}; its content is undefined. */
    synchronized Block allocate(long bytes) {
        if (bytes > LARGEST) {
            throw new OutOfMemoryError("no system has " + bytes + " bytes of native memory in one piece");
        }
        if (closed) {
            throw new IllegalStateException("the engine is closed");
        }
        long size = Math.max(ALIGNMENT, (bytes + ALIGNMENT - 1) & -ALIGNMENT);
        Block block = bestFit(size);
        liveBytes += size;
        peakLiveBytes = Math.max(peakLiveBytes, liveBytes);
        touch(block);
        return block;
    }

    /** Returns a block to the pool; nothing is left to do if that is closed. */
    synchronized void release(Block block) {
        if (closed) {
            return;
        }
        if (!block.inUse) {
            throw new IllegalStateException("block is already free");
        }
        block.inUse = false;
        liveBytes -= block.bytes;
        Block merged = block;
        Block after = block.after;
        if (after != null && !after.inUse) {
            free.remove(after);
            absorb(block, after);
        }
        Block before = block.before;
        if (before != null && !before.inUse) {
            free.remove(before);
            absorb(before, block);
            merged = before;
        }
        free.add(merged);
    }

    private Block bestFit(long size) {
        Block probe = new Block(new Region(-1, 0, 0), 0, size);
        Block found = free.ceiling(probe);
        if (found == null) {
            found = newRegion(size);
        } else {
            free.remove(found);
        }
        found.inUse = true;
        if (found.bytes > size) {
            Block rest = new Block(found.region, found.address + size, found.bytes - size);
            rest.before = found;
            rest.after = found.after;
            if (rest.after != null) {
                rest.after.before = rest;
            }
            found.after = rest;
            found.bytes = size;
            free.add(rest);
        }
        return found;
    }

    /** Doubles what is reserved, so that few ranges serve any need; takes less where the system refuses that. */
    private Block newRegion(long size) {
        // The C allocator aligns to less than a block does.
        long least = (size + ALIGNMENT + PAGE - 1) & -PAGE;
        long wanted = Math.max(pages.rangeBytes(rangeBytes), least);
        long address = pages.reserve(wanted);
        while (address == 0) {
            if (wanted == least) {
                throw new OutOfMemoryError(
                        "the system refused " + least + " bytes of native memory beside " + rangeBytes
                                + " that the engine has reserved; close tensors or engines, or raise the limit of the process"
                                + " (ulimit -v)");
            }
            wanted = Math.max(least, wanted / 2 & -PAGE);
            address = pages.reserve(wanted);
        }
        rangeBytes += wanted;
        Region region = new Region(regions.size(), address, wanted);
        regions.add(region);
        long aligned = (address + ALIGNMENT - 1) & -ALIGNMENT;
        return new Block(region, aligned, (wanted - (aligned - address)) & -ALIGNMENT);
    }

    /** Bytes of address space that are set aside, touched or not. */
    synchronized long rangeBytes() {
        return rangeBytes;
    }

    private static void absorb(Block left, Block right) {
        left.bytes += right.bytes;
        left.after = right.after;
        if (left.after != null) {
            left.after.before = left;
        }
    }

    private void touch(Block block) {
        Region region = block.region;
        int first = region.pageAt(block.address);
        int last = region.pageAt(block.address + block.bytes - 1);
        long fresh = 0;
        for (int page = region.touched.nextClearBit(first);
                page <= last;
                page = region.touched.nextClearBit(page + 1)) {
            int run = region.touched.nextSetBit(page);
            int end = run < 0 || run > last ? last + 1 : run;
            fresh += end - page;
            page = end;
        }
        if (fresh == 0) {
            return;
        }
        region.touched.set(first, last + 1);
        reservedBytes += fresh << PAGE_SHIFT;
        long allowed = peakLiveBytes + peakLiveBytes / SLACK_DIVISOR;
        if (reservedBytes > allowed) {
            trimTo(allowed);
        }
        peakReservedBytes = Math.max(peakReservedBytes, reservedBytes);
    }

    /** Gives pages of free blocks back to the system until at most {@code bytes} stay reserved or none is left. */
    synchronized void trimTo(long bytes) {
        for (Block block : free.descendingSet()) {
            if (reservedBytes <= bytes) {
                return;
            }
            decommit(block);
        }
    }

    private void decommit(Block block) {
        Region region = block.region;
        long start = (block.address - region.address + PAGE - 1) >>> PAGE_SHIFT;
        long end = (block.address + block.bytes - region.address) >>> PAGE_SHIFT;
        int from = region.touched.nextSetBit((int) start);
        while (from >= 0 && from < end) {
            int to = (int) Math.min(region.touched.nextClearBit(from), end);
            if (!pages.decommit(region.address + ((long) from << PAGE_SHIFT), (long) (to - from) << PAGE_SHIFT)) {
                return;
            }
            region.touched.clear(from, to);
            reservedBytes -= (long) (to - from) << PAGE_SHIFT;
            from = region.touched.nextSetBit(to);
        }
    }

    /** Bytes of pages that the pool holds from the system. */
    synchronized long reservedBytes() {
        return reservedBytes;
    }

    /** The highest {@link #reservedBytes()} since the last {@link #resetPeak()}. */
    synchronized long peakReservedBytes() {
        return peakReservedBytes;
    }

    /** Starts a new observation of the peak. */
    synchronized void resetPeak() {
        peakReservedBytes = reservedBytes;
    }

    @Override
    public synchronized void close() {
        for (Region region : regions) {
            pages.release(region.address, region.bytes);
        }
        regions.clear();
        free.clear();
        reservedBytes = 0;
        rangeBytes = 0;
        closed = true;
    }
}
