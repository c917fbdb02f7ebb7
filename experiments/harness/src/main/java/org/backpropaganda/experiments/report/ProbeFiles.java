package org.backpropaganda.experiments.report;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.backpropaganda.experiments.run.ProbePoint;
import org.backpropaganda.experiments.run.RunResult;
import org.jspecify.annotations.Nullable;
import org.knowm.xchart.ChartEncoder;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.style.markers.SeriesMarkers;

/** {@code probe.csv} and {@code probe.png}: how near predictions came to gradients of backpropagation in the course of runs. */
final class ProbeFiles {
    static final String CSV = "probe.csv";
    static final String PNG = "probe.png";

    private ProbeFiles() {}

    static boolean isIn(List<RunResult> runs) {
        return runs.stream().anyMatch(run -> !run.probe().isEmpty());
    }

    /** A line a point. */
    static List<String> lines(List<RunResult> runs) {
        List<String> lines = new ArrayList<>();
        lines.add("strategy,step,boundary,cosine,signAgreement,relativeError,normRatio");
        for (RunResult run : runs) {
            for (ProbePoint point : run.probe()) {
                lines.add(String.join(
                        ",",
                        Stream.of(
                                        run.strategy(),
                                        point.step(),
                                        point.boundary(),
                                        text(point.cosine()),
                                        point.signAgreement(),
                                        text(point.relativeError()),
                                        text(point.normRatio()))
                                .map(Object::toString)
                                .toList()));
            }
        }
        return lines;
    }

    private static String text(@Nullable Double value) {
        return value == null ? "" : value.toString();
    }

    /** Draws the cosine at each boundary of each run against steps. */
    static void draw(List<RunResult> runs, Path png) throws IOException {
        XYChart chart = new XYChartBuilder()
                .width(1200)
                .height(700)
                .title("Predicted gradients and those of backpropagation")
                .xAxisTitle("step")
                .yAxisTitle("cosine")
                .build();
        Palette.on(chart);
        chart.getStyler().setDefaultSeriesRenderStyle(XYSeries.XYSeriesRenderStyle.Line);
        chart.getStyler().setYAxisMin(-1.0).setYAxisMax(1.0);
        for (RunResult run : runs) {
            curves(run)
                    .forEach((boundary, points) -> chart.addSeries(
                                    run.strategy() + ", boundary " + boundary,
                                    points.stream().map(ProbePoint::step).toList(),
                                    points.stream().map(ProbePoint::cosine).toList())
                            .setMarker(SeriesMarkers.NONE));
        }
        try (OutputStream out = Files.newOutputStream(png)) {
            ChartEncoder.saveChart(chart, out, "PNG");
        }
    }

    /** By boundary; points without a finite cosine are left out. */
    private static Map<Integer, List<ProbePoint>> curves(RunResult run) {
        Map<Integer, List<ProbePoint>> curves = new LinkedHashMap<>();
        run.probe().stream()
                .filter(point -> point.cosine() != null)
                .forEach(point -> curves.computeIfAbsent(point.boundary(), boundary -> new ArrayList<>())
                        .add(point));
        return curves;
    }
}
