package org.backpropaganda.autograd.tensor;

import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Collectors;

/** Those that one engine asks for bytes: each thread those of its own, which know that nothing of theirs is in use elsewhere. */
final class Reclaimers {
    private final Map<Thread, List<MemoryReclaimer>> ofThread = new ConcurrentHashMap<>();

    MemoryReclaimer.Registration register(MemoryReclaimer reclaimer) {
        Thread thread = Thread.currentThread();
        ofThread.compute(thread, (key, present) -> {
            List<MemoryReclaimer> reclaimers = present == null ? new CopyOnWriteArrayList<>() : present;
            reclaimers.add(reclaimer);
            return reclaimers;
        });
        return () -> ofThread.computeIfPresent(thread, (key, present) -> {
            present.remove(reclaimer);
            return present.isEmpty() ? null : present;
        });
    }

    /** Asks one after another until enough was freed, or nothing is left; whether anything was freed. */
    boolean release(long missing) {
        long left = missing;
        for (MemoryReclaimer reclaimer : ofThisThread()) {
            if (left > 0) {
                left -= reclaimer.release(left);
            }
        }
        return left < missing;
    }

    /** What they say of themselves, each behind a semicolon. */
    String describe() {
        return ofThisThread().stream()
                .map(reclaimer -> "; " + reclaimer.describe())
                .collect(Collectors.joining());
    }

    private List<MemoryReclaimer> ofThisThread() {
        return ofThread.getOrDefault(Thread.currentThread(), List.of());
    }
}
