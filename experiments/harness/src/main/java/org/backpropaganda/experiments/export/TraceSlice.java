package org.backpropaganda.experiments.export;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.backpropaganda.autograd.tensor.AllocationWatcher.Phase;
import org.backpropaganda.experiments.peak.LoggedCall;
import org.backpropaganda.experiments.peak.StepLog;
import org.jspecify.annotations.Nullable;

/**
 * A time in which a phase, module or op of a step was running. Two of a step lie inside one another or apart.
 *
 * @param name of the op, or of the module in the one around it
 * @param category {@code phase}, {@code module} or {@code op}
 * @param path of the module call
 * @param beganNanos since the step began
 * @param endedNanos since the step began
 * @param depth how many it stands in
 */
record TraceSlice(String name, String category, String path, long beganNanos, long endedNanos, int depth) {

    /** All of a step, outer ones first. Modules are where one op after another has their path. */
    static List<TraceSlice> of(StepLog log) {
        Map<@Nullable LoggedCall, List<LoggedCall>> inside = new HashMap<>();
        log.calls()
                .forEach(call -> inside.computeIfAbsent(call.caller(), caller -> new ArrayList<>())
                        .add(call));
        List<TraceSlice> slices = new ArrayList<>();
        new Walk(inside, slices).walk(null, 0);
        slices.sort(Comparator.comparingLong(TraceSlice::beganNanos)
                .thenComparing(Comparator.comparingLong(TraceSlice::endedNanos).reversed())
                .thenComparingInt(TraceSlice::depth));
        return slices;
    }

    /** The longest, in their order. */
    static List<TraceSlice> longest(List<TraceSlice> slices, int most) {
        if (slices.size() <= most) {
            return slices;
        }
        long[] lengths = slices.stream().mapToLong(TraceSlice::nanos).sorted().toArray();
        long shortest = lengths[lengths.length - most];
        return slices.stream()
                .filter(slice -> slice.nanos() >= shortest)
                .limit(most)
                .toList();
    }

    private long nanos() {
        return endedNanos - beganNanos;
    }

    private record Open(String name, String category, String path, long beganNanos) {}

    private record Walk(Map<@Nullable LoggedCall, List<LoggedCall>> inside, List<TraceSlice> slices) {

        void walk(@Nullable LoggedCall caller, int depth) {
            List<String> around = caller == null ? List.of() : levels(caller);
            Deque<Open> open = new ArrayDeque<>();
            List<String> names = new ArrayList<>();
            long last = 0;
            for (LoggedCall call : inside.getOrDefault(caller, List.of())) {
                List<String> wanted = new ArrayList<>(levels(call));
                wanted.subList(0, common(around, wanted)).clear();
                close(open, names, common(names, wanted), last, depth);
                for (String name : wanted.subList(names.size(), wanted.size())) {
                    names.add(name);
                    boolean phase = caller == null && names.size() == 1;
                    open.push(new Open(name, phase ? "phase" : "module", call.path(), call.beganNanos()));
                }
                slices.add(new TraceSlice(
                        call.name(), "op", call.path(), call.beganNanos(), call.endedNanos(), depth + names.size()));
                walk(call, depth + names.size() + 1);
                last = call.endedNanos();
            }
            close(open, names, 0, last, depth);
        }

        private void close(Deque<Open> open, List<String> names, int keep, long nanos, int depth) {
            while (names.size() > keep) {
                Open module = open.pop();
                names.remove(names.size() - 1);
                slices.add(new TraceSlice(
                        module.name(),
                        module.category(),
                        module.path(),
                        module.beganNanos(),
                        nanos,
                        depth + names.size()));
            }
        }

        /** What a call stands in: the phase, which is that of the step's own call, and the names of modules. */
        private static List<String> levels(LoggedCall call) {
            LoggedCall outermost = call;
            for (LoggedCall outer = call.caller(); outer != null; outer = outer.caller()) {
                outermost = outer;
            }
            List<String> levels = new ArrayList<>();
            levels.add(word(outermost.phase()));
            if (!call.path().isEmpty()) {
                levels.addAll(Arrays.asList(call.path().split("\\.", -1)));
            }
            return levels;
        }

        private static String word(Phase phase) {
            return switch (phase) {
                case FORWARD -> "forward";
                case REPLAY -> "replay";
                case BACKWARD -> "backward";
                case UPDATE -> "update";
            };
        }

        private static int common(List<String> one, List<String> other) {
            int count = 0;
            while (count < Math.min(one.size(), other.size()) && one.get(count).equals(other.get(count))) {
                count++;
            }
            return count;
        }
    }
}
