package org.backpropaganda.experiments.report.sections;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.backpropaganda.experiments.page.Block;
import org.backpropaganda.experiments.page.Column;
import org.backpropaganda.experiments.page.Format;
import org.backpropaganda.experiments.page.Section;
import org.backpropaganda.experiments.page.Table;
import org.backpropaganda.experiments.page.Tiles;
import org.backpropaganda.experiments.run.RunResult;
import org.jspecify.annotations.Nullable;

/** The table of strategies, with what stands out above it. */
final class StrategiesSection {
    private StrategiesSection() {}

    static Section of(List<NamedRun> runs) {
        List<Block> blocks = new ArrayList<>();
        if (!runs.isEmpty()) {
            blocks.add(new Tiles(tiles(runs)));
            blocks.add(table(runs));
        }
        return new Section(
                "strategies",
                "Strategies",
                (several(runs)
                                ? "Runs of several comparisons, each beside plain of its own."
                                : "Each trained the same model from the same weights on the same batches.")
                        + " Bytes are the ledger's, which are exact, but for those of the process.",
                blocks);
    }

    private static boolean several(List<NamedRun> runs) {
        return runs.stream().map(NamedRun::comparison).distinct().count() > 1;
    }

    private static List<Tiles.Tile> tiles(List<NamedRun> runs) {
        List<Tiles.Tile> tiles = new ArrayList<>();
        NamedRun least =
                least(runs, Comparator.comparingLong(run -> run.result().peakBytes()));
        tiles.add(new Tiles.Tile(
                "Least peak",
                least.result().peakBytes(),
                Format.BYTES,
                least.name()
                        + least.plain(runs)
                                .map(each -> share(
                                        least.result().peakBytes(),
                                        each.result().peakBytes()))
                                .orElse("")));
        NamedRun saved =
                least(runs, Comparator.comparingLong(run -> run.result().savedActivationBytes()));
        tiles.add(new Tiles.Tile(
                "Fewest bytes saved for backward",
                saved.result().savedActivationBytes(),
                Format.BYTES,
                saved.name()
                        + saved.plain(runs)
                                .map(each -> share(
                                        saved.result().savedActivationBytes(),
                                        each.result().savedActivationBytes()))
                                .orElse("")));
        NamedRun fastest = least(
                runs,
                Comparator.comparingDouble(run -> run.result().stepMillis().median()));
        tiles.add(
                new Tiles.Tile("Shortest step", fastest.result().stepMillis().median(), Format.MILLIS, fastest.name()));
        List<RunResult.GradientFidelity> compared = runs.stream()
                .map(run -> run.result().gradient())
                .flatMap(gradient -> Optional.ofNullable(gradient).stream())
                .toList();
        if (!compared.isEmpty()) {
            long exact = compared.stream()
                    .filter(each -> each.differingElements() == 0)
                    .count();
            tiles.add(new Tiles.Tile(
                    "Gradients equal to the bit", exact + " of " + compared.size(), Format.TEXT, "against plain"));
        }
        return tiles;
    }

    private static NamedRun least(List<NamedRun> runs, Comparator<NamedRun> by) {
        return runs.stream().min(by).orElseThrow();
    }

    private static String share(long bytes, long of) {
        return of == 0 ? "" : String.format(Locale.ROOT, ", %.0f %% of plain", 100.0 * bytes / of);
    }

    private static Table table(List<NamedRun> runs) {
        boolean planned = runs.stream().anyMatch(run -> run.result().predictedPeakBytes() != null);
        List<Column> columns = new ArrayList<>(
                List.of(Column.words("strategy"), Column.bars("peak", Format.BYTES), Column.of("saved", Format.BYTES)));
        if (planned) {
            columns.add(1, Column.of("predicted peak", Format.BYTES));
        }
        columns.addAll(List.of(
                Column.of("peak of activations", Format.BYTES),
                Column.of("process", Format.BYTES),
                Column.bars("time of a step", Format.MILLIS),
                Column.of("× plain", Format.RATIO),
                Column.of("evaluations", Format.NUMBER),
                Column.of("gradient error", Format.ERROR),
                Column.of("elements that differ", Format.COUNT),
                Column.of("signs flipped", Format.COUNT),
                Column.of("loss", Format.NUMBER),
                Column.of("accuracy", Format.PERCENT)));
        List<List<@Nullable Object>> rows = new ArrayList<>();
        for (NamedRun run : runs) {
            List<@Nullable Object> row = row(run, base(run, runs));
            if (planned) {
                row.add(1, run.result().predictedPeakBytes());
            }
            rows.add(row);
        }
        return new Table("Memory, time and gradients of each strategy", columns, rows);
    }

    private static @Nullable Double base(NamedRun run, List<NamedRun> runs) {
        return run.plain(runs)
                .map(plain -> plain.result().stepMillis().median())
                .orElse(null);
    }

    private static List<@Nullable Object> row(NamedRun named, @Nullable Double base) {
        RunResult run = named.result();
        RunResult.GradientFidelity gradient = run.gradient();
        Long peak = run.processPeakBytes();
        Long start = run.processBaseBytes();
        double millis = run.stepMillis().median();
        return new ArrayList<>(Table.row(
                named.name(),
                run.peakBytes(),
                run.savedActivationBytes(),
                run.peakActivationBytes(),
                peak == null || start == null ? null : peak - start,
                millis,
                base == null ? null : millis / base,
                run.forwardEvaluations(),
                error(gradient),
                gradient == null ? null : gradient.differingElements(),
                gradient == null ? null : gradient.flippedSigns(),
                finite(run.lossLast()),
                finite(run.testAccuracy())));
    }

    private static Object finite(@Nullable Double value) {
        return value == null ? "not finite" : value;
    }

    private static @Nullable Object error(RunResult.@Nullable GradientFidelity gradient) {
        return gradient == null || gradient.worstParameter() == null ? null : finite(gradient.maxRelativeError());
    }
}
