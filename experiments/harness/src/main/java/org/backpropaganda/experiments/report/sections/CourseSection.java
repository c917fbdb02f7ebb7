package org.backpropaganda.experiments.report.sections;

import java.util.ArrayList;
import java.util.List;
import org.backpropaganda.experiments.page.Axis;
import org.backpropaganda.experiments.page.Block;
import org.backpropaganda.experiments.page.Column;
import org.backpropaganda.experiments.page.Curve;
import org.backpropaganda.experiments.page.Format;
import org.backpropaganda.experiments.page.Lines;
import org.backpropaganda.experiments.page.Section;
import org.backpropaganda.experiments.page.Table;
import org.backpropaganda.experiments.run.RunResult;
import org.jspecify.annotations.Nullable;

/** Losses by step, and the accuracies at the end. */
final class CourseSection {
    private static final int POINTS = 1000;

    private CourseSection() {}

    static Section of(List<NamedRun> runs) {
        List<Curve> losses = new ArrayList<>();
        List<List<@Nullable Object>> ends = new ArrayList<>();
        for (NamedRun run : runs) {
            RunResult result = run.result();
            List<RunResult.StepPoint> course = thinned(result.course());
            if (course.stream().anyMatch(point -> point.loss() != null)) {
                losses.add(curve(run.name(), course));
            }
            ends.add(Table.row(
                    run.name(),
                    result.steps(),
                    finite(result.lossFirst()),
                    finite(result.lossLast()),
                    finite(result.testAccuracy())));
        }
        List<Block> blocks = new ArrayList<>();
        if (!losses.isEmpty()) {
            blocks.add(losses(losses));
        }
        if (!ends.isEmpty()) {
            blocks.add(new Table(
                    "Losses, and the accuracy on the test set at the end",
                    List.of(
                            Column.words("strategy"),
                            Column.of("steps", Format.COUNT),
                            Column.of("first loss", Format.NUMBER),
                            Column.of("last loss", Format.NUMBER),
                            Column.bars("accuracy", Format.PERCENT)),
                    ends));
        }
        return new Section(
                "course", "Losses and accuracy", "Strategies with the same gradients lie on one another.", blocks);
    }

    static Lines losses(List<Curve> curves) {
        return new Lines("Loss by step", Axis.linear("step", Format.COUNT), Axis.linear("loss", Format.NUMBER), curves);
    }

    static Curve curve(String name, List<RunResult.StepPoint> course) {
        List<@Nullable Double> losses = new ArrayList<>();
        course.forEach(point -> losses.add(point.loss()));
        return new Curve(
                name,
                Curve.Style.LINE,
                course.stream().map(point -> point.step() + 1).toList(),
                losses);
    }

    /** Of many steps, some that are equally far apart, and the last. */
    static List<RunResult.StepPoint> thinned(List<RunResult.StepPoint> course) {
        int every = Math.max(1, course.size() / POINTS);
        List<RunResult.StepPoint> kept = new ArrayList<>();
        for (int i = 0; i < course.size(); i++) {
            if (i % every == 0 || i == course.size() - 1) {
                kept.add(course.get(i));
            }
        }
        return kept;
    }

    private static Object finite(@Nullable Double value) {
        return value == null ? "not finite" : value;
    }
}
