package org.backpropaganda.experiments.report.sections;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.backpropaganda.experiments.page.Section;
import org.backpropaganda.experiments.page.Stacks;

/** Live bytes by kind over the step. */
final class TimelineSection {
    private static final int POINTS = 500;

    private TimelineSection() {}

    static Section of(List<NamedRun> runs) {
        Map<String, List<String>> timelines = new LinkedHashMap<>();
        runs.forEach(run -> timelines.put(run.name(), run.timeline()));
        return of(timelines);
    }

    static Section of(String strategy, List<String> timeline) {
        return of(Map.of(strategy, timeline));
    }

    private static Section of(Map<String, List<String>> timelines) {
        List<Stacks.Stack> stacks = new ArrayList<>();
        List<String> kinds = new ArrayList<>();
        for (Map.Entry<String, List<String>> each : timelines.entrySet()) {
            List<String> lines = each.getValue();
            if (lines.size() > 1) {
                kinds = List.of(lines.get(0).split(",", -1));
                stacks.add(stack(each.getKey(), lines.subList(1, lines.size()), POINTS));
            }
        }
        return new Section(
                "step",
                "Live bytes over one training step",
                "From the batch to the update: each allocation and each release is a point. The charts share both axes; zoom one, and"
                        + " all follow.",
                stacks.isEmpty()
                        ? List.of()
                        : List.of(new Stacks(
                                "Live bytes by kind over one training step", kinds.subList(1, kinds.size()), stacks)));
    }

    /** Of equally many events each, the one with the most bytes stays, so that the peak does; and the first and the last. */
    static Stacks.Stack stack(String name, List<String> events, int most) {
        List<List<Long>> all = events.stream().map(TimelineSection::event).toList();
        int points = Math.min(most, all.size());
        List<List<Long>> kept = new ArrayList<>(List.of(all.get(0)));
        for (int i = 0; i < points; i++) {
            int from = (int) ((long) i * all.size() / points);
            int to = (int) ((i + 1L) * all.size() / points);
            kept.add(Collections.max(all.subList(from, to), Comparator.comparingLong(TimelineSection::total)));
        }
        kept.add(all.get(all.size() - 1));
        long peak = kept.stream().mapToLong(TimelineSection::total).max().orElseThrow();
        return new Stacks.Stack(name, peak, all.size(), kept.stream().distinct().toList());
    }

    private static List<Long> event(String line) {
        return Stream.of(line.split(",", -1)).map(Long::parseLong).toList();
    }

    private static long total(List<Long> event) {
        return event.stream().skip(1).mapToLong(Long::longValue).sum();
    }
}
