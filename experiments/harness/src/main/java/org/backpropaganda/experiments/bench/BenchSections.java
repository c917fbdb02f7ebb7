package org.backpropaganda.experiments.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.backpropaganda.experiments.page.Block;
import org.backpropaganda.experiments.page.Column;
import org.backpropaganda.experiments.page.Format;
import org.backpropaganda.experiments.page.Section;
import org.backpropaganda.experiments.page.Table;
import org.backpropaganda.experiments.page.Words;
import org.jspecify.annotations.Nullable;

/** The sections of a page of benchmarks. */
public final class BenchSections {
    private BenchSections() {}

    /** A section for each workload. */
    public static List<Section> of(BenchReport report) {
        return report.workloads().stream().map(BenchSections::section).toList();
    }

    private static Section section(BenchResult result) {
        List<Block> blocks = new ArrayList<>(List.of(table(result)));
        List<String> agreement = new ArrayList<>();
        agreement(agreement, "float", result.inFloat());
        agreement(agreement, "double", result.inDouble());
        if (!agreement.isEmpty()) {
            blocks.add(new Words("Same weights and batch", agreement, false));
        }
        return new Section(
                result.workload().toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]+", "-"),
                result.workload(),
                "Ratios are of medians of this one suite. The process's bytes are those above what it held before the first step; the"
                        + " peak is the ledger's.",
                blocks);
    }

    private static Table table(BenchResult result) {
        double plain = result.rows().get(0).medianMillis();
        Optional<Double> fastest = result.fastestPeer();
        Optional<Double> leanest = result.leanestPeer();
        List<List<@Nullable Object>> rows = new ArrayList<>();
        for (BenchResult.Row row : result.rows()) {
            Long process = row.processBytes();
            rows.add(Table.row(
                    row.contender(),
                    row.medianMillis(),
                    row.minMillis(),
                    row.maxMillis(),
                    row.medianMillis() / plain,
                    fastest.map(f -> row.medianMillis() / f).orElse(null),
                    process,
                    process == null ? null : leanest.map(f -> process / f).orElse(null),
                    row.peakBytes(),
                    row.reservedPeakBytes()));
        }
        return new Table(
                "Time and memory of each contender on " + result.workload(),
                List.of(
                        Column.words("contender"),
                        Column.bars("median", Format.MILLIS),
                        Column.of("shortest", Format.MILLIS),
                        Column.of("longest", Format.MILLIS),
                        Column.of("× plain", Format.RATIO),
                        Column.of("× peer", Format.RATIO),
                        Column.bars("process", Format.BYTES),
                        Column.of("× peer's process", Format.RATIO),
                        Column.of("peak", Format.BYTES),
                        Column.of("reserved", Format.BYTES)),
                rows);
    }

    private static void agreement(List<String> sentences, String dtype, @Nullable Agreement agreement) {
        if (agreement != null) {
            sentences.add(BenchReport.agreement(dtype, agreement).strip());
        }
    }
}
