package org.backpropaganda.experiments.drift;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import org.backpropaganda.experiments.report.Columns;
import org.backpropaganda.experiments.report.Palette;
import org.jspecify.annotations.Nullable;
import org.knowm.xchart.ChartEncoder;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.style.markers.SeriesMarkers;

/** A table, a plot of characters and a chart of drifts. */
public final class DriftReport {
    private static final String LEVELS = "▁▂▃▄▅▆▇█";
    private static final int LOWEST = -8;
    private static final int COLUMNS = 60;

    /** What has not drifted at all is drawn here on the logarithmic axis. */
    private static final double NOTHING = 1e-10;

    private static final double DIVERGED = 1e10;

    private DriftReport() {}

    /** A row a result, and a second one where anchors were placed. */
    public static String table(List<DriftResult> results) {
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of(
                "coupling", "depth", "anchors", "bits kept", "saved KiB", "stream error", "grad. error", "differing"));
        for (DriftResult result : results) {
            rows.add(row(name(result), result, result.free()));
            DriftResult.Way bounded = result.bounded();
            if (bounded != null && !bounded.anchors().equals(result.free().anchors())) {
                rows.add(row("  held", result, bounded));
            }
        }
        return Columns.of(rows);
    }

    static String name(DriftResult result) {
        return result.coupling().isEmpty() ? "own" : result.coupling();
    }

    private static List<String> row(String name, DriftResult result, DriftResult.Way way) {
        Long differing = way.differingElements();
        return List.of(
                name,
                Integer.toString(result.depth()),
                Integer.toString(way.anchors().size()),
                Integer.toString(result.bitsPerElement()),
                way.failure() == null ? String.format(Locale.ROOT, "%.1f", way.savedActivationBytes() / 1024.0) : "-",
                error(way.streamError()),
                way.failure() == null ? error(way.gradientError()) : "fails",
                differing == null ? "-" : differing.toString());
    }

    private static String error(@Nullable Double error) {
        return error == null || !Double.isFinite(error) ? "overflow" : String.format(Locale.ROOT, "%.1e", error);
    }

    /**
     * A line for each result of the largest depth: the error of the streams behind so many undone couplings as a height from 1e-8
     * to 1, a space where it is 0, and {@code !} where it overflowed.
     */
    public static String plot(List<DriftResult> results) {
        int deepest = results.stream().mapToInt(DriftResult::depth).max().orElse(0);
        List<DriftResult> drawn =
                results.stream().filter(result -> result.depth() == deepest).toList();
        int width =
                drawn.stream().mapToInt(result -> name(result).length()).max().orElse(0);
        StringBuilder text = new StringBuilder();
        for (DriftResult result : drawn) {
            text.append(name(result))
                    .append(" ".repeat(width - name(result).length()))
                    .append("  |")
                    .append(bars(result.free().errors()))
                    .append('|')
                    .append(System.lineSeparator());
        }
        return text.append("stream error by couplings undone, 1 to ")
                .append(deepest)
                .append("; ▁ 1e-8 … █ 1 and more, ! overflow")
                .append(System.lineSeparator())
                .toString();
    }

    private static String bars(List<Double> errors) {
        int columns = Math.min(COLUMNS, errors.size());
        StringBuilder bars = new StringBuilder();
        for (int column = 0; column < columns; column++) {
            int undone = (int) ((column + 1L) * errors.size() / columns);
            bars.append(bar(errors.get(errors.size() - undone)));
        }
        return bars.toString();
    }

    private static char bar(double error) {
        if (!Double.isFinite(error)) {
            return '!';
        }
        if (error == 0) {
            return ' ';
        }
        double share = (Math.log10(error) - LOWEST) / -LOWEST;
        return LEVELS.charAt((int) Math.max(0, Math.min(LEVELS.length() - 1, share * LEVELS.length())));
    }

    /** The errors of the results of the largest depth on one chart with a logarithmic axis. */
    public static void draw(List<DriftResult> results, Path png) throws IOException {
        XYChart chart = new XYChartBuilder()
                .width(1200)
                .height(700)
                .title("Drift of reconstructed streams")
                .xAxisTitle("couplings undone")
                .yAxisTitle("max |x̃ − x| / max |x|")
                .build();
        Palette.on(chart);
        chart.getStyler().setYAxisLogarithmic(true);
        int deepest = results.stream().mapToInt(DriftResult::depth).max().orElse(0);
        for (DriftResult result : results) {
            if (result.depth() == deepest) {
                draw(chart, name(result), result.free().errors());
                DriftResult.Way bounded = result.bounded();
                if (bounded != null) {
                    draw(chart, name(result) + " held", bounded.errors());
                }
            }
        }
        try (OutputStream out = Files.newOutputStream(png)) {
            ChartEncoder.saveChart(chart, out, "PNG");
        }
    }

    private static void draw(XYChart chart, String name, List<Double> errors) {
        int[] finite = IntStream.rangeClosed(1, errors.size())
                .filter(undone -> Double.isFinite(errors.get(errors.size() - undone)))
                .toArray();
        if (finite.length > 0) {
            double[] undone = IntStream.of(finite).asDoubleStream().toArray();
            double[] heights = IntStream.of(finite)
                    .mapToDouble(each -> Math.max(NOTHING, Math.min(DIVERGED, errors.get(errors.size() - each))))
                    .toArray();
            chart.addSeries(name, undone, heights).setMarker(SeriesMarkers.NONE);
        }
    }
}
