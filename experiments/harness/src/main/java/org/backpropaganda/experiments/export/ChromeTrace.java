package org.backpropaganda.experiments.export;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.backpropaganda.experiments.peak.Peak;
import org.backpropaganda.experiments.peak.PeakHolder;
import org.backpropaganda.experiments.peak.StepLog;
import tools.jackson.databind.json.JsonMapper;

/**
 * A step as Perfetto and chrome://tracing show it: forward, backward and update, the modules and ops in them as slices inside one
 * another, live bytes by kind as a stacked counter, and the moment of the peak.
 *
 * <p>Slices and samples of the counter are capped, as viewers choke on a million: the shortest slices are left out, and of
 * samples next to each other the highest stays, so that the peak does.
 *
 * <p>Source: "Trace Event Format", the JSON that Chrome's tracing defined.
 */
public final class ChromeTrace {
    private static final int PROCESS = 1;
    private static final int THREAD = 1;
    private static final int MOST_SLICES = 200_000;
    private static final int MOST_SAMPLES = 50_000;
    private static final int LARGEST = 5;

    private final List<Map<String, Object>> events = new ArrayList<>();

    private ChromeTrace() {}

    /**
     * Writes the trace of a step to a file.
     *
     * @param name of the run, as of its strategy
     */
    public static void write(StepLog log, String name, Path file) throws IOException {
        write(log, name, file, MOST_SLICES, MOST_SAMPLES);
    }

    static void write(StepLog log, String name, Path file, int mostSlices, int mostSamples) throws IOException {
        ChromeTrace trace = new ChromeTrace();
        trace.name("process_name", "backprop " + name);
        trace.name("thread_name", "step");
        List<TraceSlice> slices = TraceSlice.of(log);
        List<TraceSlice> longest = TraceSlice.longest(slices, mostSlices);
        longest.forEach(trace::slice);
        LiveSample.of(log, mostSamples).forEach(trace::sample);
        trace.peak(log);
        Map<String, Object> all = new LinkedHashMap<>();
        all.put("traceEvents", trace.events);
        all.put("displayTimeUnit", "ms");
        all.put("otherData", Map.of("strategy", name, "slices left out", slices.size() - longest.size()));
        try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(file))) {
            JsonMapper.shared().writeValue(out, all);
        }
    }

    private Map<String, Object> event(String phase, String name, long nanos) {
        Map<String, Object> event = new LinkedHashMap<>();
        event.put("name", name);
        event.put("ph", phase);
        event.put("ts", micros(nanos));
        event.put("pid", PROCESS);
        event.put("tid", THREAD);
        events.add(event);
        return event;
    }

    /** To the nanosecond, as slices that overlap by a rounding are dropped by viewers. */
    private static BigDecimal micros(long nanos) {
        return BigDecimal.valueOf(nanos, 3);
    }

    private void name(String what, String name) {
        event("M", what, 0).put("args", Map.of("name", name));
    }

    private void slice(TraceSlice slice) {
        Map<String, Object> event = event("X", slice.name(), slice.beganNanos());
        event.put("cat", slice.category());
        event.put("dur", micros(slice.endedNanos() - slice.beganNanos()));
        event.put("args", Map.of("path", slice.path()));
    }

    private void sample(LiveSample sample) {
        Map<String, Object> kinds = new LinkedHashMap<>();
        sample.bytes().forEach((kind, bytes) -> kinds.put(kind.name(), bytes));
        event("C", "live bytes", sample.nanos()).put("args", kinds);
    }

    private void peak(StepLog log) {
        Peak peak = Peak.of(log);
        Map<String, Object> holders = new LinkedHashMap<>();
        holders.put("bytes", peak.bytes());
        for (PeakHolder holder :
                peak.holders().subList(0, Math.min(LARGEST, peak.holders().size()))) {
            holders.put((holder.path() + " " + holder.kind() + " " + holder.op()).strip(), holder.bytes());
        }
        Map<String, Object> event = event("i", "peak", LiveSample.peakNanos(log));
        event.put("s", "g");
        event.put("args", holders);
    }
}
