package org.backpropaganda.experiments.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Callable;
import org.backpropaganda.experiments.Finite;
import org.backpropaganda.experiments.UserException;
import org.backpropaganda.experiments.export.ExportFormat;
import org.backpropaganda.experiments.fit.LearnerBytes;
import org.backpropaganda.experiments.model.Fit;
import org.backpropaganda.experiments.model.ModelSpec;
import org.backpropaganda.experiments.model.Strategy;
import org.backpropaganda.experiments.page.ReportPage;
import org.backpropaganda.experiments.peak.Peak;
import org.backpropaganda.experiments.peak.StepLog;
import org.backpropaganda.experiments.report.ReportFiles;
import org.backpropaganda.experiments.report.sections.TrainSections;
import org.backpropaganda.experiments.run.ProbePoint;
import org.backpropaganda.experiments.run.ProcessMemory;
import org.backpropaganda.experiments.run.ResumableRun;
import org.backpropaganda.experiments.run.RunConfig;
import org.backpropaganda.experiments.run.RunResult;
import org.backpropaganda.experiments.run.TrainingData;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** One model under one strategy, to the end, however often it is stopped on the way. */
@Command(
        name = "train",
        description = "Trains one model under one strategy, and goes on from where it was stopped.",
        mixinStandardHelpOptions = true)
final class TrainCommand implements Callable<Integer> {
    private static final int SAID = 20;
    private static final int MOST_KEPT = 1000;

    @Mixin
    private RunOptions options = new RunOptions();

    @Mixin
    private Accumulation accumulation = new Accumulation();

    @Mixin
    private Exports exports = new Exports();

    @Option(
            names = {"--out", "--export-dir"},
            paramLabel = "DIR",
            defaultValue = "runs/train",
            description = "where report.html goes, and what --export asks for (${DEFAULT-VALUE})")
    private Path directory = Path.of("");

    @Option(
            names = "--strategy",
            paramLabel = "NAME",
            defaultValue = "plain",
            completionCandidates = Found.Strategies.class,
            description = "how it is trained: plain, or joined by '+' of ${COMPLETION-CANDIDATES}")
    private String strategy = "";

    @Option(
            names = "--state",
            paramLabel = "FILE",
            required = true,
            description = "where the state is saved; if it exists, training goes on from it, to the same bits")
    private Path state = Path.of("");

    @Option(
            names = "--save-every",
            paramLabel = "N",
            defaultValue = "100",
            description = "after how many steps the state is saved")
    private int savedEvery;

    @Option(
            names = "--keep",
            paramLabel = "K",
            defaultValue = "3",
            description = "how many states stay: FILE, the one before it as FILE.1, and so on (${DEFAULT-VALUE})")
    private int kept;

    @CommandLine.Spec
    private CommandLine.Model.@Nullable CommandSpec spec;

    @Override
    public Integer call() throws IOException {
        if (savedEvery < 1) {
            throw new UserException("save-every " + savedEvery + " is below 1");
        }
        if (kept < 1 || kept > MOST_KEPT) {
            throw new UserException("keep " + kept + " is not within 1 and " + MOST_KEPT);
        }
        Set<ExportFormat> formats = exports.formats();
        ReportFiles files = ReportFiles.in(directory);
        ResumableRun.checkPlace(state);
        RunConfig config = options.config(accumulation);
        Strategy chosen = config.strategy(strategy);
        ModelSpec model = config.specWithoutData();
        Fit.check(model, chosen);
        Fit.checkSettings(model, List.of(chosen));
        config.checkProbed(List.of(chosen));
        config.checkThreaded(List.of(chosen));
        Fit.checkMemory(model, ProcessMemory.machineBytes());
        Warnings.say(spec, LearnerBytes.warnings(config, TrainingData.specOf(config), List.of(chosen)));
        PrintWriter out = Objects.requireNonNull(spec).commandLine().getOut();
        try (ResumableRun run = new ResumableRun(config, chosen, state)) {
            if (run.step() > 0) {
                say(out, "goes on behind step %d of %d", run.step(), run.steps());
            }
            StepLog log = new StepLog();
            run.watch(log);
            List<ProbePoint> probe = new ArrayList<>();
            List<RunResult.StepPoint> course = new ArrayList<>();
            int every = Math.max(1, run.steps() / SAID);
            run.train(savedEvery, kept, new ResumableRun.Watcher() {
                @Override
                public void step(int done, int of, double loss) {
                    course.add(
                            new RunResult.StepPoint(done - 1, Double.isNaN(loss) ? null : loss, run.stepPeakBytes()));
                    if (done % every == 0 || done == of) {
                        if (Double.isNaN(loss)) {
                            say(out, "step %d of %d: no loss yet", done, of);
                        } else {
                            say(out, "step %d of %d: loss %.4f", done, of, loss);
                        }
                    }
                }

                @Override
                public void probed(List<ProbePoint> points) {
                    probe.addAll(points);
                    points.forEach(point -> say(out, "%s", point.words()));
                }
            });
            double accuracy = Finite.require(run.testAccuracy(), "the accuracy on the test images");
            Path file = directory.resolve(ReportPage.FILE);
            if (course.isEmpty() && Files.exists(file)) {
                // What an earlier run of the same training left there tells more.
                say(out, "nothing was left to train; %s stays as it is", file);
                say(out, "test accuracy: %.1f%%", 100 * accuracy);
                return 0;
            }
            ReportPage page = Pages.train(
                    config,
                    TrainSections.of(
                            chosen.toString(),
                            course,
                            run.timeline().toCsv(),
                            course.isEmpty() ? null : Peak.of(log),
                            probe,
                            accuracy),
                    chosen,
                    Typed.command(spec));
            files.write(Map.of(ReportPage.FILE, page::write));
            say(out, "page: %s", file);
            say(out, "test accuracy: %.1f%%", 100 * accuracy);
            if (!formats.isEmpty()) {
                files.write(chosen, formats, log, course, accuracy);
                say(out, "exports: %s", directory);
            }
        }
        return 0;
    }

    private static void say(PrintWriter out, String words, Object... values) {
        out.println(String.format(Locale.ROOT, words, values));
        out.flush();
    }
}
