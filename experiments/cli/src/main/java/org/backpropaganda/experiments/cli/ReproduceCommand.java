package org.backpropaganda.experiments.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Callable;
import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.experiments.UserException;
import org.backpropaganda.experiments.page.ReportPage;
import org.backpropaganda.experiments.report.Json;
import org.backpropaganda.experiments.report.ReportFiles;
import org.backpropaganda.experiments.reproduce.Reproduction;
import org.backpropaganda.experiments.reproduce.ReproductionReport;
import org.backpropaganda.experiments.reproduce.ReproductionSections;
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

    @Option(
            names = "--steps",
            paramLabel = "S",
            description = "training steps of each run; " + Reproduction.USUAL_STEPS + " by default, of copy more")
    private @Nullable Integer steps;

    @Option(
            names = "--seeds",
            paramLabel = "K",
            description = "runs of each model; " + Reproduction.USUAL_SEEDS + " by default, of copy 1")
    private @Nullable Integer seeds;

    @Option(names = "--threads", paramLabel = "T", description = "of native kernels; all processors by default")
    private @Nullable Integer threads;

    @Option(names = "--out", paramLabel = "DIR", defaultValue = "runs/reproduce", description = "where files go")
    private Path out = Path.of("");

    @Option(
            names = "--document",
            paramLabel = "FILE",
            description = "writes what is printed as a document in Markdown, too, with the seconds that each took")
    private @Nullable Path document;

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
        StringBuilder sections = new StringBuilder();
        try (Bars bars = new Bars()) {
            for (Reproduction each : chosen) {
                long start = System.nanoTime();
                List<Reproduction.Figure> figures = new ArrayList<>(each.figures());
                if (train || !partNames.isEmpty()) {
                    figures.addAll(trained(each, partNames, bars));
                    bars.end();
                }
                ReproductionReport report =
                        new ReproductionReport(each.name(), each.source(), List.copyOf(figures), each.differences());
                reports.add(report);
                String took = String.format(
                        Locale.ROOT, "took %.1f s on %d threads", (System.nanoTime() - start) / 1e9, threads());
                sections.append(report.markdown()).append("- ").append(took).append("\n\n");
                printer.print(report.text());
                printer.println(took);
                printer.println();
                printer.flush();
                ReportPage page = Pages.page(
                        "Published figures beside ours",
                        String.join(", ", wanted),
                        ReproductionSections.of(reports),
                        Pages.environment(threads(), Typed.command(spec)));
                files.write(Map.of("reproduce.json", json -> Json.write(json, reports), ReportPage.FILE, page::write));
            }
        }
        if (document != null) {
            write(document, sections.toString());
            printer.println("document: " + document);
        }
        printer.println("report: " + out.resolve("reproduce.json"));
        printer.println("page: " + out.resolve(ReportPage.FILE));
        printer.flush();
        return 0;
    }

    private void write(Path file, String sections) throws IOException {
        Path whole = file.toAbsolutePath().normalize();
        Path name = whole.getFileName();
        Path parent = whole.getParent();
        if (name == null || parent == null || Files.isDirectory(whole)) {
            throw new UserException("--document " + file + " is a directory; give the name of a file");
        }
        String text = "# Published figures beside ours\n\nMade by\n\n    ./backprop reproduce " + names + arguments()
                + " --document FILE\n\n" + sections.stripTrailing() + "\n";
        ReportFiles.in(parent).write(Map.of(name.toString(), target -> Files.writeString(target, text)));
    }

    /** What was asked for beside the names, as it is written on the command line. */
    private String arguments() {
        StringBuilder text = new StringBuilder();
        text.append(train ? " --train" : "");
        text.append(part != null ? " --part " + part : "");
        text.append(data != null ? " --data " + data : "");
        text.append(directory != null ? " --data-dir PATH" : "");
        text.append(steps != null ? " --steps " + steps : "");
        text.append(seeds != null ? " --seeds " + seeds : "");
        text.append(threads != null ? " --threads " + threads : "");
        return text.toString();
    }

    private List<Reproduction.Figure> trained(Reproduction each, List<String> partNames, Bars bars) {
        if (each.parts().isEmpty()) {
            return each.trained(
                    training(USUAL_DATA, Reproduction.USUAL_STEPS, Reproduction.USUAL_SEEDS, each), bars::at);
        }
        List<Reproduction.Figure> figures = new ArrayList<>();
        for (Reproduction.Part of : each.parts()) {
            if (partNames.isEmpty() || partNames.contains(of.name())) {
                figures.addAll(of.trained(training(of.data(), of.usualSteps(), of.usualSeeds(), each), bars::at));
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
        if (steps != null) {
            require("steps", steps, MOST);
        }
        if (seeds != null) {
            require("seeds", seeds, MOST);
        }
        require("threads", threads(), Engine.MOST_THREADS);
    }

    private int threads() {
        return threads != null ? threads : Runtime.getRuntime().availableProcessors();
    }

    private Reproduction.Training training(String usualData, int usualSteps, int usualSeeds, Reproduction of) {
        return new Reproduction.Training(
                data != null ? data : usualData,
                directory,
                steps != null ? steps : usualSteps,
                seeds != null ? seeds : usualSeeds,
                threads(),
                out.resolve("states").resolve(of.name()));
    }

    private static void require(String what, int value, int most) {
        if (value < 1 || value > most) {
            throw new UserException(what + " " + value + " is not within 1 and " + most);
        }
    }
}
