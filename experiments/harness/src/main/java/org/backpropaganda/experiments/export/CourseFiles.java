package org.backpropaganda.experiments.export;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.backpropaganda.experiments.run.RunResult;
import org.jspecify.annotations.Nullable;

/** The files that tell of a run step by step. */
public final class CourseFiles {
    private static final double MILLI = 1e-3;

    private CourseFiles() {}

    /**
     * Writes loss and peak by step, and the accuracy at the end, as TensorBoard's scalars.
     *
     * @param testAccuracy in [0, 1], or null
     */
    public static void tensorBoard(List<RunResult.StepPoint> course, @Nullable Double testAccuracy, Path file)
            throws IOException {
        double seconds = System.currentTimeMillis() * MILLI;
        try (TensorBoardEvents events = TensorBoardEvents.create(file, seconds)) {
            for (RunResult.StepPoint point : course) {
                if (point.loss() != null) {
                    events.scalar("loss", point.step(), point.loss(), seconds);
                }
                events.scalar("peak bytes", point.step(), (double) point.peakBytes(), seconds);
            }
            if (testAccuracy != null && !course.isEmpty()) {
                events.scalar("test accuracy", course.get(course.size() - 1).step(), testAccuracy, seconds);
            }
        }
    }

    /** A table whose first line names the columns. */
    public static List<String> csv(List<RunResult.StepPoint> course) {
        List<String> lines = new ArrayList<>();
        lines.add("step,loss,peakBytes");
        course.forEach(point ->
                lines.add(point.step() + "," + (point.loss() == null ? "" : point.loss()) + "," + point.peakBytes()));
        return lines;
    }
}
