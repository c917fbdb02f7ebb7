package org.backpropaganda.experiments.export;

import java.util.Map;
import java.util.TreeMap;

/** Addresses for blocks that had none, or of another process: each where the first gap is that it fits in. */
final class AddressSpace {
    /** Where it begins: no block is at 0. */
    static final long BASE = 1L << 32;

    private final TreeMap<Long, Long> free = new TreeMap<>();
    private long end = BASE;

    /** The address of a new block. */
    long allocate(long bytes) {
        for (Map.Entry<Long, Long> gap : free.entrySet()) {
            // An entry that is removed may turn into its successor.
            long address = gap.getKey();
            long room = gap.getValue();
            if (room >= bytes) {
                free.remove(address);
                if (room > bytes) {
                    free.put(address + bytes, room - bytes);
                }
                return address;
            }
        }
        end += bytes;
        return end - bytes;
    }

    /** Gives a block's place back. */
    void release(long address, long bytes) {
        long from = address;
        long size = bytes;
        Map.Entry<Long, Long> before = free.lowerEntry(address);
        if (before != null && before.getKey() + before.getValue() == address) {
            free.remove(before.getKey());
            from = before.getKey();
            size += before.getValue();
        }
        Long after = free.remove(address + bytes);
        free.put(from, size + (after == null ? 0 : after));
    }

    /** All that was ever in use: from {@link #BASE} on. */
    long bytes() {
        return end - BASE;
    }
}
