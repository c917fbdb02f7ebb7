package org.backpropaganda.experiments.report;

import java.awt.BasicStroke;
import java.awt.Color;
import java.util.List;
import java.util.stream.Stream;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.style.Styler;

/**
 * The colours of charts, which the colour-blind tell apart: a colour comes again with another dash alone.
 *
 * <p>Source: Okabe and Ito 2002, "Color Universal Design", without yellow, which white paper swallows.
 */
public final class Palette {
    private static final List<Integer> COLOURS =
            List.of(0x1b1f24, 0x0072b2, 0xd55e00, 0x009e73, 0xcc79a7, 0xe69f00, 0x56b4e9);

    private static final float[][] DASHES = {{}, {9, 4}, {2, 3}, {9, 3, 2, 3}, {14, 5}, {5, 2, 2, 2, 2, 2}};

    private Palette() {}

    /** How many series of a chart differ from one another. */
    static int size() {
        return COLOURS.size() * DASHES.length;
    }

    private static BasicStroke line(float[] dash) {
        return dash.length == 0
                ? new BasicStroke(2, BasicStroke.CAP_BUTT, BasicStroke.JOIN_ROUND)
                : new BasicStroke(2, BasicStroke.CAP_BUTT, BasicStroke.JOIN_ROUND, 10, dash, 0);
    }

    /** Gives a chart these colours, on white, its legend beside it: XChart goes on to the next dash when the colours are used up. */
    public static void on(XYChart chart) {
        chart.getStyler()
                .setSeriesColors(COLOURS.stream().map(Color::new).toArray(Color[]::new))
                .setSeriesLines(Stream.of(DASHES).map(Palette::line).toArray(BasicStroke[]::new))
                .setLegendPosition(Styler.LegendPosition.OutsideE)
                .setChartBackgroundColor(Color.WHITE)
                .setLegendBorderColor(Color.WHITE);
        chart.getStyler().setPlotGridLinesColor(new Color(0xd5dae0)).setPlotBorderVisible(false);
    }
}
