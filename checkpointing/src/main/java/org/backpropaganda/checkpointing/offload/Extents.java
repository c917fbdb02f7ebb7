package org.backpropaganda.checkpointing.offload;

import java.util.Map;
import java.util.TreeMap;

/**
 * Which parts of a file are in use: first fit, merged with free neighbours on release, so that the file grows only where no gap
 * is large enough. Everything is whole blocks.
 */
final class Extents {
    private final long blockBytes;
    private final TreeMap<Long, Long> gaps = new TreeMap<>();
    private long end;
    private long highestEnd;

    Extents(long blockBytes) {
        this.blockBytes = blockBytes;
    }

    /** Bytes in whole blocks. */
    long rounded(long bytes) {
        return (bytes + blockBytes - 1) / blockBytes * blockBytes;
    }

    /** Where the next extent of so many bytes would end. */
    long endWith(long bytes) {
        return Math.addExact(firstFit(rounded(bytes)), rounded(bytes));
    }

    private long firstFit(long size) {
        for (Map.Entry<Long, Long> gap : gaps.entrySet()) {
            if (gap.getValue() >= size) {
                return gap.getKey();
            }
        }
        return end;
    }

    /** Takes an extent of at least so many bytes, and returns where it begins. */
    long allocate(long bytes) {
        long size = rounded(bytes);
        long at = firstFit(size);
        Long free = gaps.remove(at);
        if (free == null) {
            end = Math.addExact(at, size);
            highestEnd = Math.max(highestEnd, end);
        } else if (free > size) {
            gaps.put(at + size, free - size);
        }
        return at;
    }

    /** Gives an extent back that was allocated for as many bytes. */
    void release(long at, long bytes) {
        long from = at;
        long size = rounded(bytes);
        if (size == 0) {
            return;
        }
        Map.Entry<Long, Long> before = gaps.lowerEntry(from);
        if (before != null && before.getKey() + before.getValue() == from) {
            gaps.remove(before.getKey());
            from = before.getKey();
            size += before.getValue();
        }
        Long after = gaps.remove(from + size);
        if (after != null) {
            size += after;
        }
        if (from + size == end) {
            end = from;
        } else {
            gaps.put(from, size);
        }
    }

    /** Where the last extent in use ends. */
    long end() {
        return end;
    }

    /** The highest {@link #end()} so far. */
    long highestEnd() {
        return highestEnd;
    }
}
