package org.backpropaganda.experiments.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.knowm.xchart.ChartEncoder;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.XYSeries;

class PaletteTest {
    @Test
    void noColourOfAChartComesAgainWithTheSameDash() throws IOException {
        XYChart chart = new XYChartBuilder().width(300).height(200).build();
        Palette.on(chart);
        List<XYSeries> drawn = new ArrayList<>();
        for (int i = 0; i < Palette.size(); i++) {
            drawn.add(chart.addSeries("series " + i, List.of(0, 1), List.of(i, i)));
        }
        ChartEncoder.saveChart(chart, OutputStream.nullOutputStream(), "PNG");
        Set<String> seen = new HashSet<>();
        for (XYSeries series : drawn) {
            assertThat(seen.add(series.getLineColor()
                            + Arrays.toString(series.getLineStyle().getDashArray())))
                    .as(series.getName())
                    .isTrue();
        }
        assertThat(seen).hasSizeGreaterThan(40);
    }
}
