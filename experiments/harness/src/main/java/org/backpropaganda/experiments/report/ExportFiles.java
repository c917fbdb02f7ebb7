package org.backpropaganda.experiments.report;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.backpropaganda.experiments.export.ChromeTrace;
import org.backpropaganda.experiments.export.CourseFiles;
import org.backpropaganda.experiments.export.ExportFormat;
import org.backpropaganda.experiments.export.MemorySnapshot;
import org.backpropaganda.experiments.export.TensorBoardEvents;
import org.backpropaganda.experiments.model.Strategy;
import org.backpropaganda.experiments.peak.StepLog;
import org.backpropaganda.experiments.run.Outcome;
import org.backpropaganda.experiments.run.RunResult;
import org.jspecify.annotations.Nullable;

/** The files of a comparison that other programs read. */
final class ExportFiles {
    private static final String TENSORBOARD = "tensorboard";

    private ExportFiles() {}

    /** Those of a run's single step, by name; its process wrote them beside its timeline, unless its steps overlap. */
    static Map<String, ReportFiles.Drawing> ofStep(Outcome outcome, Set<ExportFormat> exports) {
        Map<String, ReportFiles.Drawing> files = new LinkedHashMap<>();
        for (ExportFormat format : List.of(ExportFormat.TRACE, ExportFormat.MEMORY_VIZ)) {
            String name = format.fileOf(outcome.strategy());
            Path written = outcome.timeline().resolveSibling(name);
            if (exports.contains(format) && Files.exists(written)) {
                files.put(name, file -> Files.copy(written, file));
            }
        }
        return files;
    }

    /** Those of a training by itself, by name, but for TensorBoard's. */
    static Map<String, ReportFiles.Drawing> ofTraining(
            Strategy strategy, Set<ExportFormat> exports, StepLog log, List<RunResult.StepPoint> course) {
        Map<String, ReportFiles.Drawing> files = new LinkedHashMap<>();
        for (ExportFormat format : exports) {
            String name = format.fileOf(strategy);
            switch (format) {
                case TRACE -> files.put(name, file -> ChromeTrace.write(log, strategy.toString(), file));
                case MEMORY_VIZ -> files.put(name, file -> MemorySnapshot.write(log, file));
                case CSV -> files.put(name, file -> Files.write(file, CourseFiles.csv(course)));
                case JSON -> files.put(name, file -> Json.write(file, course));
                case TENSORBOARD -> {
                    // In a directory of its own.
                }
            }
        }
        if (log.events().isEmpty()) {
            files.keySet()
                    .removeAll(List.of(ExportFormat.TRACE.fileOf(strategy), ExportFormat.MEMORY_VIZ.fileOf(strategy)));
        }
        return files;
    }

    /** Writes one run's directory, as TensorBoard has it; returns the file in it. */
    static Path tensorBoard(
            Path directory, Strategy strategy, List<RunResult.StepPoint> course, @Nullable Double testAccuracy)
            throws IOException {
        Path file = directory.resolve(ExportFormat.TENSORBOARD.fileOf(strategy));
        Files.createDirectories(file.toAbsolutePath().getParent());
        Path unfinished = file.resolveSibling(".unfinished");
        CourseFiles.tensorBoard(course, testAccuracy, unfinished);
        Files.move(unfinished, file, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
        return file;
    }

    /** Writes a directory for each run, as TensorBoard has it; an earlier comparison's events go. */
    static void tensorBoard(Path directory, List<Outcome> outcomes, Set<ExportFormat> exports) throws IOException {
        Set<Path> present = new HashSet<>();
        for (Outcome outcome : outcomes) {
            RunResult result = outcome.result();
            if (result != null
                    && exports.contains(ExportFormat.TENSORBOARD)
                    && !result.course().isEmpty()) {
                present.add(tensorBoard(directory, outcome.strategy(), result.course(), result.testAccuracy()));
            }
        }
        Path all = directory.resolve(TENSORBOARD);
        if (!Files.isDirectory(all)) {
            return;
        }
        List<Path> runs;
        try (var listed = Files.list(all)) {
            runs = listed.toList();
        }
        for (Path run : runs) {
            Path file = run.resolve(TensorBoardEvents.FILE);
            if (!present.contains(file)) {
                Files.deleteIfExists(file);
            }
        }
    }
}
