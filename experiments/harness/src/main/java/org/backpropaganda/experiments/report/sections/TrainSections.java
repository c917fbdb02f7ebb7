package org.backpropaganda.experiments.report.sections;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.backpropaganda.experiments.page.Axis;
import org.backpropaganda.experiments.page.Block;
import org.backpropaganda.experiments.page.Curve;
import org.backpropaganda.experiments.page.Format;
import org.backpropaganda.experiments.page.Lines;
import org.backpropaganda.experiments.page.Section;
import org.backpropaganda.experiments.page.Tiles;
import org.backpropaganda.experiments.peak.Peak;
import org.backpropaganda.experiments.run.ProbePoint;
import org.backpropaganda.experiments.run.RunResult;
import org.jspecify.annotations.Nullable;

/** The sections of {@code train}. */
public final class TrainSections {
    private TrainSections() {}

    /**
     * Of one training.
     *
     * @param strategy its name
     * @param course of the steps that were made; those before a stop are not among them
     * @param timeline of one of its steps, as lines of a table; empty where none was made
     * @param peak of that step, or null
     * @param probe what predictions were compared with
     * @param accuracy on the test set at the end
     */
    public static List<Section> of(
            String strategy,
            List<RunResult.StepPoint> course,
            List<String> timeline,
            @Nullable Peak peak,
            List<ProbePoint> probe,
            double accuracy) {
        return List.of(
                result(course, accuracy),
                new Section(
                        "course",
                        "Losses and peaks",
                        "Of the steps that this run made.",
                        course.isEmpty() ? List.of() : charts(strategy, course)),
                TimelineSection.of(strategy, timeline),
                HoldersSection.of(strategy, peak),
                ProbeSection.of(strategy, probe));
    }

    private static Section result(List<RunResult.StepPoint> course, double accuracy) {
        List<Tiles.Tile> tiles = new ArrayList<>();
        tiles.add(new Tiles.Tile("Accuracy", accuracy, Format.PERCENT, "on the test set"));
        course.stream()
                .map(RunResult.StepPoint::loss)
                .filter(Objects::nonNull)
                .reduce((before, after) -> after)
                .ifPresent(loss -> tiles.add(new Tiles.Tile("Last loss", loss, Format.NUMBER, "")));
        tiles.add(new Tiles.Tile("Steps", course.size(), Format.COUNT, "made by this run"));
        course.stream()
                .mapToLong(RunResult.StepPoint::peakBytes)
                .max()
                .ifPresent(bytes ->
                        tiles.add(new Tiles.Tile("Highest peak", bytes, Format.BYTES, "live bytes of all kinds")));
        return new Section("result", "Result", "Behind the last step.", List.of(new Tiles(tiles)));
    }

    private static List<Block> charts(String strategy, List<RunResult.StepPoint> course) {
        List<RunResult.StepPoint> points = CourseSection.thinned(course);
        List<Block> charts = new ArrayList<>();
        if (points.stream().anyMatch(point -> point.loss() != null)) {
            charts.add(CourseSection.losses(List.of(CourseSection.curve(strategy, points))));
        }
        charts.add(new Lines(
                "Highest live bytes of each step",
                Axis.linear("step", Format.COUNT),
                Axis.linear("peak", Format.BYTES),
                List.of(new Curve(
                        strategy,
                        Curve.Style.STEP,
                        points.stream().map(point -> point.step() + 1).toList(),
                        points.stream().map(RunResult.StepPoint::peakBytes).toList()))));
        return charts;
    }
}
