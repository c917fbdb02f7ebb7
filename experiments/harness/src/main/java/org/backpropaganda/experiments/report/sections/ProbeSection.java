package org.backpropaganda.experiments.report.sections;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.backpropaganda.experiments.page.Axis;
import org.backpropaganda.experiments.page.Block;
import org.backpropaganda.experiments.page.Curve;
import org.backpropaganda.experiments.page.Format;
import org.backpropaganda.experiments.page.Lines;
import org.backpropaganda.experiments.page.Section;
import org.backpropaganda.experiments.run.ProbePoint;
import org.jspecify.annotations.Nullable;

/** How near predicted gradients came to those of backpropagation. */
final class ProbeSection {
    private ProbeSection() {}

    static Section of(List<NamedRun> runs) {
        Map<String, List<ProbePoint>> boundaries = new LinkedHashMap<>();
        runs.forEach(run -> add(boundaries, run.name(), run.result().probe()));
        return section(boundaries);
    }

    static Section of(String strategy, List<ProbePoint> probe) {
        Map<String, List<ProbePoint>> boundaries = new LinkedHashMap<>();
        add(boundaries, strategy, probe);
        return section(boundaries);
    }

    private static void add(Map<String, List<ProbePoint>> boundaries, String name, List<ProbePoint> probe) {
        probe.forEach(point -> boundaries
                .computeIfAbsent(name + ", boundary " + point.boundary(), boundary -> new ArrayList<>())
                .add(point));
    }

    private static Section section(Map<String, List<ProbePoint>> boundaries) {
        List<Block> blocks = new ArrayList<>();
        if (!boundaries.isEmpty()) {
            blocks.add(chart("Cosine between predicted and true gradients", boundaries, "cosine", ProbePoint::cosine));
            blocks.add(
                    chart("Share of elements of the same sign", boundaries, "signs alike", ProbePoint::signAgreement));
            blocks.add(chart(
                    "Length of predictions, relative to true gradients",
                    boundaries,
                    "ratio of norms",
                    ProbePoint::normRatio));
        }
        return new Section(
                "probe",
                "Predicted gradients",
                "Each boundary's prediction against the gradient of backpropagation on the same weights and batch, in front of a step.",
                blocks);
    }

    private static Lines chart(
            String title,
            Map<String, List<ProbePoint>> boundaries,
            String axis,
            Function<ProbePoint, @Nullable Double> figure) {
        List<Curve> curves = new ArrayList<>();
        boundaries.forEach((name, points) -> {
            List<@Nullable Double> values = new ArrayList<>();
            points.forEach(point -> values.add(figure.apply(point)));
            curves.add(new Curve(
                    name,
                    Curve.Style.LINE,
                    points.stream().map(ProbePoint::step).toList(),
                    values));
        });
        return new Lines(title, Axis.linear("step", Format.COUNT), Axis.linear(axis, Format.NUMBER), curves);
    }
}
