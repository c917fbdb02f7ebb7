package org.backpropaganda.experiments.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.backpropaganda.experiments.UserException;
import org.backpropaganda.experiments.bench.BenchReport;
import org.backpropaganda.experiments.bench.BenchResult;
import org.backpropaganda.experiments.bench.BenchSections;
import org.backpropaganda.experiments.bench.BenchSuite;
import org.backpropaganda.experiments.bench.Peer;
import org.backpropaganda.experiments.bench.Workload;
import org.backpropaganda.experiments.page.ReportPage;
import org.backpropaganda.experiments.report.Environment;
import org.backpropaganda.experiments.report.Json;
import org.backpropaganda.experiments.report.ReportFiles;
import org.backpropaganda.experiments.report.WorkDirectory;
import org.backpropaganda.experiments.report.sections.EnvironmentSection;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Training steps of this library and of libtorch, side by side. */
@Command(
        name = "bench",
        description = "Times and weighs training steps of this library and of libtorch, side by side.",
        mixinStandardHelpOptions = true)
final class BenchCommand implements Callable<Integer> {
    private static final int MOST_ROUNDS = 1000;

    @Option(
            names = "--workload",
            paramLabel = "LIST",
            defaultValue = "all",
            description =
                    "chain8, chain32, resnet20, mlp16x1024, mlp4x128, depthwise, transformer, revnet, lstm, comma-separated; all by default")
    private String workloads = "";

    @Option(names = "--rounds", paramLabel = "R", defaultValue = "3", description = "how often each contender runs")
    private int rounds;

    @Option(names = "--threads", paramLabel = "T", description = "of native kernels; all processors by default")
    private @Nullable Integer threads;

    @Option(names = "--out", paramLabel = "DIR", defaultValue = "runs/bench", description = "where bench.json goes")
    private Path out = Path.of("");

    @CommandLine.Spec
    private CommandLine.Model.@Nullable CommandSpec spec;

    @Override
    public Integer call() throws IOException {
        List<Workload> chosen = Workload.parseAll(workloads);
        int count = threads != null ? threads : Runtime.getRuntime().availableProcessors();
        if (rounds < 1 || rounds > MOST_ROUNDS) {
            throw new UserException("rounds " + rounds + " is not within 1 and " + MOST_ROUNDS);
        }
        if (count < 1 || count > Runtime.getRuntime().availableProcessors()) {
            throw new UserException("threads " + count + " is not within 1 and "
                    + Runtime.getRuntime().availableProcessors() + ", the number of processors");
        }
        ReportFiles files = ReportFiles.in(out);
        boolean withPeer = Peer.isPresent();
        String peer = withPeer ? Peer.find().name() : null;
        PrintWriter printer = Objects.requireNonNull(spec).commandLine().getOut();
        try (WorkDirectory work = WorkDirectory.temporary();
                Bars bars = new Bars()) {
            BenchSuite suite = new BenchSuite(count, rounds, withPeer, work.path());
            List<BenchResult> results = new ArrayList<>();
            for (Workload workload : chosen) {
                BenchResult result = suite.run(workload, bars);
                bars.end();
                results.add(result);
                printer.print(BenchReport.table(result));
                printer.flush();
                BenchReport report = new BenchReport(1, Environment.here(count), peer, rounds, List.copyOf(results));
                ReportPage page = Pages.page(
                        "Training steps, timed and weighed",
                        peer == null ? "Without a peer" : "Beside " + peer,
                        BenchSections.of(report),
                        EnvironmentSection.of(report.environment(), Typed.command(spec), Map.of()));
                files.write(Map.of("bench.json", json -> Json.write(json, report), ReportPage.FILE, page::write));
            }
            printer.println("report: " + out.resolve("bench.json"));
            printer.println("page: " + out.resolve(ReportPage.FILE));
            printer.flush();
            return 0;
        }
    }
}
