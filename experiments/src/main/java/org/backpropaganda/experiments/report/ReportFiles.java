package org.backpropaganda.experiments.report;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
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
            for (String name : List.of("report.json", "report.csv", "timeline.png")) {
                if (Files.isDirectory(directory.resolve(name))) {
                    throw new FileAlreadyExistsException(name + " is a directory");
                }
            }
        } catch (IOException e) {
            throw new UserException("cannot write to the output directory " + directory + " ("
                    + e.getClass().getSimpleName() + ": " + e.getMessage() + "); choose another with --out");
        }
        return new ReportFiles(directory);
    }

    /** Makes one file. */
    @FunctionalInterface
    public interface Drawing {
        void to(Path file) throws IOException;
    }

    /** Writes what {@code drawing} makes. */
    public void draw(String name, Drawing drawing) throws IOException {
        Path work = Files.createTempDirectory(directory, ".report");
        try {
            drawing.to(work.resolve(name));
            publish(work);
        } finally {
            Trees.delete(work);
        }
    }

    /** Writes one value as JSON. */
    public void write(String name, Object value) throws IOException {
        Path work = Files.createTempDirectory(directory, ".report");
        try {
            Json.write(work.resolve(name), value);
            publish(work);
        } finally {
            Trees.delete(work);
        }
    }

    /** Writes {@code report.json}, {@code report.csv}, the timelines and their chart. */
    public void write(Report report, List<Comparison.Outcome> outcomes) throws IOException {
        Path work = Files.createTempDirectory(directory, ".report");
        try {
            Json.write(work.resolve("report.json"), report);
            List<RunResult> runs = report.runs();
            Files.write(work.resolve("report.csv"), CsvReport.lines(runs));
            publish(work);
            Map<String, Path> timelines = new LinkedHashMap<>();
            for (Comparison.Outcome outcome : outcomes) {
                if (outcome.result() != null) {
                    Path timeline = work.resolve("timeline-" + outcome.strategy() + ".csv");
                    Files.copy(outcome.timeline(), timeline);
                    timelines.put(outcome.strategy().toString(), outcome.timeline());
                } else {
                    Files.copy(outcome.log(), work.resolve(outcome.strategy() + ".log"));
                }
            }
            publish(work);
            TimelineChart.draw(timelines, work.resolve("timeline.png"));
            publish(work);
        } finally {
            Trees.delete(work);
        }
    }

    /** Moves what is complete to its place. */
    private void publish(Path work) throws IOException {
        try (var files = Files.list(work)) {
            for (Path file : files.toList()) {
                Files.move(
                        file,
                        directory.resolve(file.getFileName()),
                        StandardCopyOption.REPLACE_EXISTING,
                        StandardCopyOption.ATOMIC_MOVE);
            }
        }
    }
}
