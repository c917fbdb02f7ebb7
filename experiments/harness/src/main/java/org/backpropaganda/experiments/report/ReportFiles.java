package org.backpropaganda.experiments.report;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.backpropaganda.experiments.UserException;
import org.backpropaganda.experiments.Words;
import org.backpropaganda.experiments.export.ExportFormat;
import org.backpropaganda.experiments.model.Strategy;
import org.backpropaganda.experiments.peak.StepLog;
import org.backpropaganda.experiments.run.Outcome;
import org.backpropaganda.experiments.run.RunResult;

/**
 * Writes the files of a run to a directory. Each is made elsewhere in it and then moved, so none stands half-written. What a
 * comparison before left there goes as soon as this one has something to show.
 */
public final class ReportFiles {
    private static final String WORK = ".report";
    private static final String REPORT = "report.json";
    private static final Pattern OF_STRATEGY =
            Pattern.compile("(timeline-|trace-|snapshot-)?(?<strategy>.+)\\.(csv|log|json|pickle)");

    private final Path directory;
    private final boolean reported;

    private ReportFiles(Path directory, boolean reported) {
        this.directory = directory;
        this.reported = reported;
    }

    /**
     * A directory to write to, made if it is not there.
     *
     * @throws UserException if it cannot be written
     */
    public static ReportFiles in(Path directory) {
        try {
            Files.createDirectories(directory);
            WorkDirectory.in(directory, WORK).close();
            for (String name : List.of(REPORT, "report.csv", "timeline.png")) {
                if (Files.isDirectory(directory.resolve(name))) {
                    throw new FileAlreadyExistsException(name, null, name + " is a directory");
                }
            }
        } catch (IOException e) {
            throw new UserException("cannot write to the output directory " + directory + " (" + Words.reason(e)
                    + "); choose another with --out");
        }
        return new ReportFiles(directory, Files.isRegularFile(directory.resolve(REPORT)));
    }

    /** Makes one file. */
    @FunctionalInterface
    public interface Drawing {
        void to(Path file) throws IOException;
    }

    /** Writes files by their names: all are there, or none. */
    public void write(Map<String, Drawing> drawings) throws IOException {
        try (WorkDirectory work = WorkDirectory.in(directory, WORK)) {
            Path files = Files.createDirectory(work.path().resolve("files"));
            for (Map.Entry<String, Drawing> drawing : drawings.entrySet()) {
                drawing.getValue().to(files.resolve(drawing.getKey()));
            }
            publish(files);
        }
    }

    /** Writes one value as JSON. */
    public void write(String name, Object value) throws IOException {
        write(Map.of(name, file -> Json.write(file, value)));
    }

    /** Writes {@code report.json}, {@code report.csv}, the timelines and their chart, and the curves of probes where there are any. */
    public void write(Report report, List<Outcome> outcomes) throws IOException {
        write(report, outcomes, Set.of());
    }

    /** Writes the same, and files for other programs. */
    public void write(Report report, List<Outcome> outcomes, Set<ExportFormat> exports) throws IOException {
        write(Map.of(
                REPORT,
                file -> Json.write(file, report),
                "report.csv",
                file -> Files.write(file, CsvReport.lines(report.runs()))));
        Map<String, Drawing> files = new LinkedHashMap<>();
        Map<String, Path> timelines = new LinkedHashMap<>();
        for (Outcome outcome : outcomes) {
            if (outcome.result() != null) {
                files.put(timelineOf(outcome.strategy()), file -> Files.copy(outcome.timeline(), file));
                timelines.put(outcome.strategy().toString(), outcome.timeline());
                files.putAll(ExportFiles.ofStep(outcome, exports));
            } else {
                files.put(logOf(outcome.strategy()), file -> Files.copy(outcome.log(), file));
            }
        }
        if (ProbeFiles.isIn(report.runs())) {
            files.put(ProbeFiles.CSV, file -> Files.write(file, ProbeFiles.lines(report.runs())));
            files.put(ProbeFiles.PNG, file -> ProbeFiles.draw(report.runs(), file));
        }
        write(files);
        if (reported) {
            clear(files.keySet());
        }
        ExportFiles.tensorBoard(directory, outcomes, exports);
        write(Map.of("timeline.png", file -> TimelineChart.draw(timelines, file)));
    }

    /**
     * Writes the files for other programs that one training leaves.
     *
     * @param log of one of its steps; empty where none is wanted
     */
    public void write(
            Strategy strategy,
            Set<ExportFormat> exports,
            StepLog log,
            List<RunResult.StepPoint> course,
            double testAccuracy)
            throws IOException {
        write(ExportFiles.ofTraining(strategy, exports, log, course));
        if (exports.contains(ExportFormat.TENSORBOARD)) {
            ExportFiles.tensorBoard(directory, strategy, course, testAccuracy);
        }
    }

    private static String timelineOf(Strategy strategy) {
        return "timeline-" + strategy + ".csv";
    }

    private static String logOf(Strategy strategy) {
        return strategy + ".log";
    }

    /** Takes away what an earlier comparison wrote for strategies and probes of its own; nothing that has any other name. */
    private void clear(Set<String> present) throws IOException {
        List<Path> old;
        try (var files = Files.list(directory)) {
            old = files.filter(file -> Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS))
                    .filter(file -> isOfComparison(file.getFileName().toString()))
                    .filter(file -> !present.contains(file.getFileName().toString()))
                    .toList();
        }
        for (Path file : old) {
            Files.delete(file);
        }
    }

    private static boolean isOfComparison(String name) {
        return name.equals(ProbeFiles.CSV) || name.equals(ProbeFiles.PNG) || isOfStrategy(name);
    }

    private static boolean isOfStrategy(String name) {
        Matcher matcher = OF_STRATEGY.matcher(name);
        if (!matcher.matches()) {
            return false;
        }
        try {
            Strategy strategy = Strategy.parse(matcher.group("strategy"));
            return name.equals(timelineOf(strategy))
                    || name.equals(logOf(strategy))
                    || name.equals(ExportFormat.TRACE.fileOf(strategy))
                    || name.equals(ExportFormat.MEMORY_VIZ.fileOf(strategy));
        } catch (UserException e) {
            return false;
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
