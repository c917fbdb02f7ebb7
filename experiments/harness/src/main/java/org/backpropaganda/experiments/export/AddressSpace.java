package org.backpropaganda.experiments.export;

import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;

/** Addresses for blocks that had none, or of another process: each where the first gap is that it fits in. */
final class AddressSpace {
    /** Where it begins: no block is at 0. */
    static final long BASE = 1L << 32;

    private final TreeMap<Long, Long> free = new TreeMap<>();
    private long end = BASE;

    /** The address of a new block. */
    long allocate(long bytes) {
        Optional<Long> gap = free.entrySet().stream()
                .filter(each -> each.getValue() >= bytes)
                .map(Map.Entry::getKey)
                .findFirst();
        if (gap.isEmpty()) {
            end += bytes;
            return end - bytes;
        }
        long address = gap.get();
        long room = Objects.requireNonNull(free.remove(address));
        if (room > bytes) {
            free.put(address + bytes, room - bytes);
        }
        return address;
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
