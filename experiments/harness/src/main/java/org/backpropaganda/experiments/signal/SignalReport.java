package org.backpropaganda.experiments.signal;

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
import org.knowm.xchart.ChartEncoder;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.style.markers.SeriesMarkers;

/** A table and a chart of signals. */
public final class SignalReport {
    /** What has vanished altogether is drawn here on the logarithmic axis. */
    private static final double VANISHED = 1e-40;

    private SignalReport() {}

    /** A row a recipe; the last column is by how much a layer's gradient shrinks or grows on its way to the first. */
    public static String table(List<Signal> signals) {
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of(
                "recipe",
                "activation: first",
                "last",
                "gradient: first",
                "last",
                "first / last",
                "update: first",
                "loss"));
        for (Signal signal : signals) {
            double first = signal.gradients().get(0);
            double last = last(signal.gradients());
            rows.add(List.of(
                    signal.recipe(),
                    number(signal.activations().get(0)),
                    number(last(signal.activations())),
                    number(first),
                    number(last),
                    last == 0 ? "-" : number(first / last),
                    number(signal.updateRatios().get(0)),
                    String.format(Locale.ROOT, "%.3f", signal.loss())));
        }
        return Columns.of(rows);
    }

    private static double last(List<Double> values) {
        return values.get(values.size() - 1);
    }

    private static String number(double value) {
        return String.format(Locale.ROOT, "%.1e", value);
    }

    /** Gradients by depth, all recipes on one chart with a logarithmic axis; what is not finite is left out. */
    public static void draw(List<Signal> signals, Path png) throws IOException {
        XYChart chart = new XYChartBuilder()
                .width(1200)
                .height(700)
                .title("Gradient of each layer's activations at the first step")
                .xAxisTitle("layer")
                .yAxisTitle("root mean square")
                .build();
        Palette.on(chart);
        chart.getStyler().setYAxisLogarithmic(true);
        for (Signal signal : signals) {
            List<Double> gradients = signal.gradients();
            int[] drawn = IntStream.range(0, gradients.size())
                    .filter(layer -> Double.isFinite(gradients.get(layer)))
                    .toArray();
            if (drawn.length == 0) {
                continue;
            }
            double[] layers =
                    IntStream.of(drawn).mapToDouble(layer -> layer + 1).toArray();
            double[] sizes = IntStream.of(drawn)
                    .mapToDouble(layer -> Math.max(VANISHED, gradients.get(layer)))
                    .toArray();
            chart.addSeries(signal.recipe(), layers, sizes).setMarker(SeriesMarkers.NONE);
        }
        try (OutputStream out = Files.newOutputStream(png)) {
            ChartEncoder.saveChart(chart, out, "PNG");
        }
    }
}
