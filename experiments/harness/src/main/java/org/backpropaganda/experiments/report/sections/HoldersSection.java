package org.backpropaganda.experiments.report.sections;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.backpropaganda.autograd.tensor.MemoryKind;
import org.backpropaganda.experiments.page.Holders;
import org.backpropaganda.experiments.page.Section;
import org.backpropaganda.experiments.peak.Peak;
import org.backpropaganda.experiments.peak.PeakHolder;
import org.jspecify.annotations.Nullable;

/** Who is alive at the peak. */
final class HoldersSection {
    private static final int TOLD = 150;

    private HoldersSection() {}

    static Section of(List<NamedRun> runs) {
        List<Holders.OfPeak> peaks = new ArrayList<>();
        runs.forEach(run -> add(peaks, run.name(), run.result().peak()));
        return section(peaks);
    }

    static Section of(String strategy, @Nullable Peak peak) {
        List<Holders.OfPeak> peaks = new ArrayList<>();
        add(peaks, strategy, peak);
        return section(peaks);
    }

    private static void add(List<Holders.OfPeak> peaks, String name, @Nullable Peak peak) {
        if (peak != null && peak.bytes() > 0) {
            peaks.add(new Holders.OfPeak(name, peak.bytes(), told(peak.holders())));
        }
    }

    private static Section section(List<Holders.OfPeak> peaks) {
        return new Section(
                "alive",
                "Who is alive at the peak",
                "The areas are bytes; together they are the peak of the step that is drawn above.",
                peaks.isEmpty() ? List.of() : List.of(new Holders("Bytes at the peak by kind, module and op", peaks)));
    }

    /** The largest; of what is left, the sum of each kind. */
    private static List<Holders.Holder> told(List<PeakHolder> all) {
        List<Holders.Holder> told = new ArrayList<>();
        all.stream()
                .limit(TOLD)
                .forEach(each -> told.add(new Holders.Holder(
                        each.path(), each.kind().name(), each.op(), each.words(), each.count(), each.bytes())));
        Map<MemoryKind, long[]> rest = new TreeMap<>();
        all.stream().skip(TOLD).forEach(each -> {
            long[] sum = rest.computeIfAbsent(each.kind(), kind -> new long[2]);
            sum[0] += each.count();
            sum[1] += each.bytes();
        });
        rest.forEach((kind, sum) ->
                told.add(new Holders.Holder("smaller ones", kind.name(), "", "smaller ones", (int) sum[0], sum[1])));
        return told;
    }
}
