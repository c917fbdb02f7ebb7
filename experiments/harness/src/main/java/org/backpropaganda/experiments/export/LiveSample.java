package org.backpropaganda.experiments.export;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.backpropaganda.autograd.tensor.MemoryKind;
import org.backpropaganda.experiments.peak.LoggedBlock;
import org.backpropaganda.experiments.peak.StepLog;

/**
 * Live bytes by kind at one moment of a step.
 *
 * @param nanos since the step began
 * @param bytes of every kind, 0 too
 */
record LiveSample(long nanos, Map<MemoryKind, Long> bytes) {

    long total() {
        return bytes.values().stream().mapToLong(Long::longValue).sum();
    }

    /**
     * The samples of a step: one in front of it, and one after each event, or so many that there are not more than {@code most}
     * and one.
     */
    static List<LiveSample> of(StepLog log, int most) {
        List<StepLog.Event> events = log.events();
        Map<LoggedBlock, MemoryKind> kinds = new HashMap<>();
        Map<MemoryKind, Long> live = new EnumMap<>(MemoryKind.class);
        for (MemoryKind kind : MemoryKind.values()) {
            live.put(kind, 0L);
        }
        int before = log.eventsBefore();
        int group = Math.max(1, (events.size() - before + most - 1) / most);
        List<LiveSample> samples = new ArrayList<>();
        LiveSample highest = null;
        int inGroup = 0;
        for (int i = 0; i < events.size(); i++) {
            if (i == before) {
                samples.add(new LiveSample(0, new EnumMap<>(live)));
            }
            StepLog.Event event = events.get(i);
            apply(event, kinds, live);
            if (i < before) {
                continue;
            }
            LiveSample sample = new LiveSample(event.nanos(), new EnumMap<>(live));
            highest = highest == null || sample.total() > highest.total() ? sample : highest;
            inGroup++;
            boolean moreAtThisTime = i + 1 < events.size() && events.get(i + 1).nanos() == event.nanos();
            if (inGroup >= group && !moreAtThisTime) {
                samples.add(highest);
                highest = null;
                inGroup = 0;
            }
        }
        if (highest != null) {
            samples.add(highest);
        }
        return samples;
    }

    private static void apply(StepLog.Event event, Map<LoggedBlock, MemoryKind> kinds, Map<MemoryKind, Long> live) {
        LoggedBlock block = event.block();
        MemoryKind was = kinds.remove(block);
        if (was != null) {
            live.merge(was, -block.bytes(), Long::sum);
        }
        if (event.change() != StepLog.Change.FREED) {
            kinds.put(block, event.kind());
            live.merge(event.kind(), block.bytes(), Long::sum);
        }
    }

    /** When the most bytes were alive. */
    static long peakNanos(StepLog log) {
        int events = log.eventsToPeak();
        return events <= log.eventsBefore() ? 0 : log.events().get(events - 1).nanos();
    }
}
