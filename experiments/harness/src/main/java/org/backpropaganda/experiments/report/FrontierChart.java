package org.backpropaganda.experiments.report;

import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.List;
import org.backpropaganda.checkpointing.planner.Plan;
import org.backpropaganda.checkpointing.planner.PlanSurvey;
import org.knowm.xchart.ChartEncoder;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.XYSeries;

/** {@code frontier.png}: what plans and single techniques of one model take, in bytes and time. */
final class FrontierChart {
    private static final double MEBIBYTE = 1 << 20;

    private FrontierChart() {}

    static void draw(PlanSurvey survey, OutputStream png) throws IOException {
        XYChart chart = new XYChartBuilder()
                .width(1200)
                .height(700)
                .title("Time of a step by the bytes that it may have")
                .xAxisTitle("peak MiB")
                .yAxisTitle("time, plain = 1")
                .build();
        Palette.on(chart);
        chart.getStyler().setDefaultSeriesRenderStyle(XYSeries.XYSeriesRenderStyle.Scatter);
        add(chart, "planned", survey.frontier()).setXYSeriesRenderStyle(XYSeries.XYSeriesRenderStyle.Step);
        for (Plan plan : survey.alone()) {
            add(chart, PlanFiles.nameOf(plan), List.of(plan));
        }
        Plan fastest = survey.fastest();
        if (fastest != null) {
            add(chart, "this plan", List.of(fastest));
        }
        ChartEncoder.saveChart(chart, png, "PNG");
    }

    private static XYSeries add(XYChart chart, String name, List<Plan> plans) {
        List<Double> bytes = new ArrayList<>();
        List<Double> times = new ArrayList<>();
        for (Plan plan : plans) {
            bytes.add(plan.predictedPeakBytes() / MEBIBYTE);
            times.add((double) plan.time() / Math.max(1, plan.figures().plainTime()));
        }
        return chart.addSeries(name, bytes, times);
    }
}
