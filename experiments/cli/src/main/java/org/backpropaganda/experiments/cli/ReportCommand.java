package org.backpropaganda.experiments.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.backpropaganda.experiments.UserException;
import org.backpropaganda.experiments.Words;
import org.backpropaganda.experiments.page.ReportPage;
import org.backpropaganda.experiments.report.Json;
import org.backpropaganda.experiments.report.Report;
import org.backpropaganda.experiments.report.ReportFiles;
import org.backpropaganda.experiments.report.sections.NamedRun;
import org.backpropaganda.experiments.run.RunResult;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.core.JacksonException;

/** Comparisons that were made before, on one page. */
@Command(
        name = "report",
        description = "Lays comparisons that were made before over one another, on one page.",
        mixinStandardHelpOptions = true)
final class ReportCommand implements Callable<Integer> {
    private static final String REPORT = "report.json";

    @Parameters(paramLabel = "RUN", arity = "2..8", description = "directories that compare wrote to, as runs/compare")
    private List<Path> directories = List.of();

    @Option(
            names = "--out",
            paramLabel = "DIR",
            defaultValue = "runs/report",
            description = "where report.html goes (${DEFAULT-VALUE})")
    private Path out = Path.of("");

    @CommandLine.Spec
    private CommandLine.Model.@Nullable CommandSpec spec;

    @Override
    public Integer call() throws IOException {
        for (Path directory : directories) {
            if (same(directory, out)) {
                throw new UserException(
                        "--out " + out + " is one of the runs, whose page would be lost; choose another");
            }
        }
        Map<String, Report> reports = new LinkedHashMap<>();
        List<NamedRun> runs = new ArrayList<>();
        for (Path directory : directories) {
            Report report = read(directory);
            String name = nameOf(directory);
            if (reports.put(name, report) != null) {
                throw new UserException("the run " + directory + " is given twice; give others");
            }
            for (RunResult result : report.runs()) {
                runs.add(NamedRun.of(name, result, timeline(directory, result)));
            }
        }
        ReportPage page = Pages.reports(reports, runs, Typed.command(spec));
        ReportFiles.in(out).write(Map.of(ReportPage.FILE, page::write));
        PrintWriter printer = Objects.requireNonNull(spec).commandLine().getOut();
        printer.println("page: " + out.resolve(ReportPage.FILE));
        printer.flush();
        return 0;
    }

    /** The last words of the path, as many as tell it from the others. */
    private String nameOf(Path directory) {
        Path all = directory.toAbsolutePath().normalize();
        for (int words = 1; words < all.getNameCount(); words++) {
            Path end = all.subpath(all.getNameCount() - words, all.getNameCount());
            long alike = directories.stream()
                    .map(each -> each.toAbsolutePath().normalize())
                    .filter(each -> each.endsWith(end))
                    .count();
            if (alike == 1) {
                return end.toString();
            }
        }
        return all.toString();
    }

    private static boolean same(Path one, Path other) {
        return one.toAbsolutePath().normalize().equals(other.toAbsolutePath().normalize());
    }

    private static Report read(Path directory) {
        Path file = directory.resolve(REPORT);
        if (!Files.isRegularFile(file)) {
            throw new UserException("there is no " + file + "; give a directory that compare wrote to with --out");
        }
        try {
            return Json.read(file, Report.class);
        } catch (JacksonException e) {
            throw new UserException(file + " is no report of compare (" + Words.reason(e) + "); run compare again");
        }
    }

    private static List<String> timeline(Path directory, RunResult result) throws IOException {
        Path file = directory.resolve("timeline-" + result.strategy() + ".csv");
        return Files.isRegularFile(file) ? Files.readAllLines(file) : List.of();
    }
}
