package org.backpropaganda.experiments.report;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.knowm.xchart.ChartEncoder;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.style.markers.SeriesMarkers;

/** {@code timeline.png}: live bytes over one step, all strategies on one chart. */
final class TimelineChart {
    private static final int POINTS = 2000;

    private TimelineChart() {}

    /** Draws the total of each timeline's columns against the share of the step's events. */
    static void draw(Map<String, Path> timelines, Path png) throws IOException {
        XYChart chart = new XYChartBuilder()
                .width(1200)
                .height(700)
                .title("Live bytes over one training step")
                .xAxisTitle("allocations and releases, % of the step's")
                .yAxisTitle("live MiB")
                .build();
        Palette.on(chart);
        chart.getStyler().setDefaultSeriesRenderStyle(XYSeries.XYSeriesRenderStyle.Line);
        for (Map.Entry<String, Path> entry : timelines.entrySet()) {
            List<String> lines = Files.readAllLines(entry.getValue());
            int events = lines.size() - 1;
            int points = Math.min(POINTS, events);
            if (points < 2) {
                continue;
            }
            double[] x = new double[points];
            double[] y = new double[points];
            for (int i = 0; i < points; i++) {
                int from = (int) ((long) i * events / points);
                int to = (int) ((i + 1L) * events / points);
                x[i] = 100.0 * from / events;
                for (int event = from; event < Math.max(to, from + 1); event++) {
                    y[i] = Math.max(y[i], totalMebibytes(lines.get(event + 1)));
                }
            }
            chart.addSeries(entry.getKey(), x, y).setMarker(SeriesMarkers.NONE);
        }
        try (OutputStream out = Files.newOutputStream(png)) {
            ChartEncoder.saveChart(chart, out, "PNG");
        }
    }

    private static double totalMebibytes(String line) {
        String[] cells = line.split(",", -1);
        return Arrays.stream(cells, 1, cells.length).mapToLong(Long::parseLong).sum() / 1048576.0;
    }
}
