package org.backpropaganda.experiments.report;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.backpropaganda.experiments.UserException;
import org.backpropaganda.experiments.process.Comparison;
import org.backpropaganda.experiments.run.RunResult;

/** Writes the files of a comparison. Each is made elsewhere in the directory and then moved, so none stands half-written. */
public final class ReportFiles {
    private final Path directory;

    private ReportFiles(Path directory) {
        this.directory = directory;
    }

    /**
     * A directory to write to, made if it is not there.
     *
     * @throws UserException if it cannot be written
     */
    public static ReportFiles in(Path directory) {
        try {
            Files.createDirectories(directory);
            Path probe = Files.createTempFile(directory, ".probe", "");
            Files.delete(probe);
        } catch (IOException e) {
            throw new UserException("cannot write to the output directory " + directory + " ("
                    + e.getClass().getSimpleName() + "); choose another with --out");
        }
        return new ReportFiles(directory);
    }

    /** Writes {@code report.json}, {@code report.csv}, the timelines and their chart. */
    public void write(Report report, List<Comparison.Outcome> outcomes) throws IOException {
        Path work = Files.createTempDirectory(directory, ".report");
        try {
            Json.write(work.resolve("report.json"), report);
            List<RunResult> runs = report.runs();
            Files.write(work.resolve("report.csv"), CsvReport.lines(runs));
            Map<String, Path> timelines = new LinkedHashMap<>();
            for (Comparison.Outcome outcome : outcomes) {
                if (outcome.result() != null) {
                    Path timeline = work.resolve("timeline-" + outcome.strategy() + ".csv");
                    Files.copy(outcome.timeline(), timeline);
                    timelines.put(outcome.strategy().toString(), timeline);
                } else {
                    Files.copy(outcome.log(), work.resolve(outcome.strategy() + ".log"));
                }
            }
            TimelineChart.draw(timelines, work.resolve("timeline.png"));
            try (var files = Files.list(work)) {
                for (Path file : files.toList()) {
                    Files.move(
                            file,
                            directory.resolve(file.getFileName()),
                            StandardCopyOption.REPLACE_EXISTING,
                            StandardCopyOption.ATOMIC_MOVE);
                }
            }
        } finally {
            Trees.delete(work);
        }
    }
}
