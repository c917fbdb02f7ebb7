package org.backpropaganda.experiments.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Callable;
import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.experiments.UserException;
import org.backpropaganda.experiments.report.ReportFiles;
import org.backpropaganda.experiments.reproduce.Reproduction;
import org.backpropaganda.experiments.reproduce.ReproductionReport;
import org.backpropaganda.experiments.reproduce.Reproductions;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Published figures beside ours. */
@Command(
        name = "reproduce",
        description = "Prints published figures beside ours, with what differs.",
        mixinStandardHelpOptions = true)
final class ReproduceCommand implements Callable<Integer> {
    private static final int MOST = 1 << 20;
    private static final String USUAL_DATA = "cifar10";

    @Parameters(
            paramLabel = "NAME,…",
            arity = "1",
            completionCandidates = Found.ReproductionNames.class,
            description = "of ${COMPLETION-CANDIDATES}")
    private String names = "";

    @Option(names = "--train", description = "trains, too, where the publication tells accuracies")
    private boolean train;

    @Option(
            names = "--data",
            paramLabel = "NAME",
            completionCandidates = Found.DataSets.class,
            description = "what is trained on: ${COMPLETION-CANDIDATES}; what the publication trains on by default")
    private @Nullable String data;

    @Option(
            names = "--part",
            paramLabel = "NAME,…",
            description =
                    "trains these parts of a publication that has several, as mnist of dni; all of them with --train")
    private @Nullable String part;

    @Option(
            names = "--data-dir",
            paramLabel = "PATH",
            description = "where its files are; of parts, where the data set has a directory of its name")
    private @Nullable Path directory;

    @Option(names = "--steps", paramLabel = "S", defaultValue = "300", description = "training steps of each run")
    private int steps;

    @Option(names = "--seeds", paramLabel = "K", defaultValue = "3", description = "runs of each model")
    private int seeds;

    @Option(names = "--threads", paramLabel = "T", description = "of native kernels; all processors by default")
    private @Nullable Integer threads;

    @Option(names = "--out", paramLabel = "DIR", defaultValue = "runs/reproduce", description = "where files go")
    private Path out = Path.of("");

    @CommandLine.Spec
    private CommandLine.Model.@Nullable CommandSpec spec;

    @Override
    public Integer call() throws IOException {
        Set<String> wanted = new LinkedHashSet<>(
                Arrays.stream(names.split(",", -1)).map(String::trim).toList());
        List<Reproduction> chosen = wanted.stream().map(Reproductions::find).toList();
        checkSizes();
        List<String> partNames = part == null
                ? List.of()
                : Arrays.stream(part.split(",", -1)).map(String::trim).toList();
        chosen.forEach(each -> check(each, partNames));
        ReportFiles files = ReportFiles.in(out);
        PrintWriter printer = Objects.requireNonNull(spec).commandLine().getOut();
        List<ReproductionReport> reports = new ArrayList<>();
        try (Bars bars = new Bars()) {
            for (Reproduction each : chosen) {
                List<Reproduction.Figure> figures = new ArrayList<>(each.figures());
                if (train || !partNames.isEmpty()) {
                    figures.addAll(trained(each, partNames, bars));
                    bars.end();
                }
                ReproductionReport report =
                        new ReproductionReport(each.name(), each.source(), List.copyOf(figures), each.differences());
                reports.add(report);
                printer.print(report.text());
                printer.println();
                printer.flush();
                files.write("reproduce.json", reports);
            }
        }
        printer.println("report: " + out.resolve("reproduce.json"));
        printer.flush();
        return 0;
    }

    private List<Reproduction.Figure> trained(Reproduction each, List<String> partNames, Bars bars) {
        if (each.parts().isEmpty()) {
            return each.trained(training(USUAL_DATA, each), bars::at);
        }
        List<Reproduction.Figure> figures = new ArrayList<>();
        for (Reproduction.Part of : each.parts()) {
            if (partNames.isEmpty() || partNames.contains(of.name())) {
                figures.addAll(of.trained(training(of.data(), each), bars::at));
            }
        }
        return figures;
    }

    private static void check(Reproduction reproduction, List<String> partNames) {
        List<String> there =
                reproduction.parts().stream().map(Reproduction.Part::name).toList();
        for (String name : partNames) {
            if (!there.contains(name)) {
                throw new UserException("reproduction " + reproduction.name() + " has no part '" + name + "'"
                        + (there.isEmpty()
                                ? ": it has no parts; leave --part out"
                                : ": choose " + String.join(" or ", there)));
            }
        }
    }

    private void checkSizes() {
        require("steps", steps, MOST);
        require("seeds", seeds, MOST);
        require("threads", threads(), Engine.MOST_THREADS);
    }

    private int threads() {
        return threads != null ? threads : Runtime.getRuntime().availableProcessors();
    }

    private Reproduction.Training training(String usualData, Reproduction of) {
        return new Reproduction.Training(
                data != null ? data : usualData,
                directory,
                steps,
                seeds,
                threads(),
                out.resolve("states").resolve(of.name()));
    }

    private static void require(String what, int value, int most) {
        if (value < 1 || value > most) {
            throw new UserException(what + " " + value + " is not within 1 and " + most);
        }
    }
}
