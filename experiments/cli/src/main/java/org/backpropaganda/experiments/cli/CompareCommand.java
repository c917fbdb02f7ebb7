package org.backpropaganda.experiments.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Callable;
import org.backpropaganda.experiments.UserException;
import org.backpropaganda.experiments.Words;
import org.backpropaganda.experiments.export.ExportFormat;
import org.backpropaganda.experiments.fit.LearnerBytes;
import org.backpropaganda.experiments.model.Fit;
import org.backpropaganda.experiments.model.ModelSpec;
import org.backpropaganda.experiments.model.Strategy;
import org.backpropaganda.experiments.page.ReportPage;
import org.backpropaganda.experiments.process.Comparison;
import org.backpropaganda.experiments.report.Environment;
import org.backpropaganda.experiments.report.Report;
import org.backpropaganda.experiments.report.ReportFiles;
import org.backpropaganda.experiments.report.TextTable;
import org.backpropaganda.experiments.report.WorkDirectory;
import org.backpropaganda.experiments.run.Outcome;
import org.backpropaganda.experiments.run.ProcessMemory;
import org.backpropaganda.experiments.run.RunConfig;
import org.backpropaganda.experiments.run.RunResult;
import org.backpropaganda.experiments.run.TrainingData;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import tools.jackson.core.JacksonException;

/** The main job: every strategy on the same model, weights and batches. */
@Command(
        name = "compare",
        description = "Trains one model under several strategies and compares memory, time and gradients.",
        mixinStandardHelpOptions = true)
final class CompareCommand implements Callable<Integer> {
    @Mixin
    private RunOptions options = new RunOptions();

    @Mixin
    private Accumulation accumulation = new Accumulation();

    @Mixin
    private Exports exports = new Exports();

    @Option(
            names = "--strategies",
            paramLabel = "LIST",
            completionCandidates = Found.Strategies.class,
            description = "comma-separated, those that fit by default; each is plain, or joined by '+' of"
                    + " ${COMPLETION-CANDIDATES}")
    private @Nullable String strategies;

    @Option(names = "--out", paramLabel = "DIR", defaultValue = "runs/compare", description = "where reports go")
    private Path out = Path.of("");

    @CommandLine.Spec
    private CommandLine.Model.@Nullable CommandSpec spec;

    @Override
    public Integer call() throws IOException {
        Set<ExportFormat> formats = exports.formats();
        RunConfig config = options.config(accumulation);
        ModelSpec model = config.specWithoutData();
        List<Strategy> chosen = strategies != null ? config.strategies(strategies) : thatFit(config, model);
        chosen.forEach(strategy -> Fit.check(model, strategy));
        Fit.checkSettings(model, chosen);
        config.checkProbed(chosen);
        config.checkThreaded(chosen);
        Fit.checkMemory(model, ProcessMemory.machineBytes());
        TrainingData data = TrainingData.open(config);
        data.check();
        Warnings.say(spec, LearnerBytes.warnings(config, data.spec(), chosen));
        ReportFiles files = ReportFiles.in(out);
        try (WorkDirectory work = WorkDirectory.temporary();
                Bars bars = new Bars()) {
            List<Outcome> outcomes = new Comparison(config, data, work.path())
                    .exporting(formats)
                    .run(chosen, bars, sofar -> write(files, config, sofar, work));
            bars.end();
            return print(outcomes);
        }
    }

    /** Results that cannot be written where they should be stay where they are. */
    private void write(ReportFiles files, RunConfig config, List<Outcome> sofar, WorkDirectory work)
            throws IOException {
        if (results(sofar).isEmpty()) {
            return;
        }
        try {
            Report report = reportOf(config, sofar);
            files.write(report, sofar, exports.formats());
            files.write(Map.of(
                    ReportPage.FILE,
                    file -> Pages.compare(report, sofar, Typed.command(spec)).write(file)));
        } catch (IOException | JacksonException e) {
            work.keep();
            throw new UserException("cannot write the reports to " + out + " (" + Words.reason(e)
                    + "); what the runs have measured so far is in " + work.path());
        }
    }

    private static Report reportOf(RunConfig config, List<Outcome> outcomes) {
        return new Report(1, config, Environment.here(config.threads()), results(outcomes));
    }

    private static List<RunResult> results(List<Outcome> outcomes) {
        List<RunResult> results = new ArrayList<>();
        for (Outcome outcome : outcomes) {
            RunResult result = outcome.result();
            if (result != null) {
                results.add(result);
            }
        }
        return results;
    }

    /** Those that the model can be trained under at all: what settings forbid is refused, and not left out. */
    private static List<Strategy> thatFit(RunConfig config, ModelSpec model) {
        ModelSpec whole = new ModelSpec(
                model.name(), model.size(), 1, model.images(), model.dtype(), model.slope(), model.reversal());
        return config.told(Strategy.usual()).stream()
                .filter(strategy -> Fit.fits(whole, strategy))
                .toList();
    }

    private int print(List<Outcome> outcomes) {
        List<RunResult> runs = results(outcomes);
        if (runs.isEmpty()) {
            throw new UserException("no strategy could run; " + outcomes.get(0).strategy() + " failed: "
                    + outcomes.get(0).failure());
        }
        PrintWriter printer = Objects.requireNonNull(spec).commandLine().getOut();
        printer.print(TextTable.of(runs));
        Report.differences(runs).forEach(each -> printer.println(each.sentence()));
        for (Outcome outcome : outcomes) {
            RunResult result = outcome.result();
            if (result == null) {
                printer.println(outcome.strategy() + " failed: " + Words.message(outcome.failure()) + " ("
                        + out.resolve(outcome.strategy() + ".log") + ")");
                continue;
            }
            if (result.lossLast() == null) {
                printer.println(outcome.strategy() + ": the training has diverged, and its figures mean little; try a"
                        + " smaller --lr");
            } else if (result.testAccuracy() == null) {
                printer.println(
                        outcome.strategy() + ": no accuracy: evaluated on the test images the model gives numbers"
                                + " that are not finite, or out of range; try more --steps, for running statistics to settle, or a"
                                + " smaller --lr");
            }
            if (result.stepsPerSecond() != null) {
                printer.println(String.format(
                        Locale.ROOT, "%s: %.1f steps a second", outcome.strategy(), result.stepsPerSecond()));
                result.modules().forEach(each -> printer.println(outcome.strategy() + ": " + each.words()));
            }
            for (ExportFormat format : exports.formats()) {
                if (format.isOfOneStep() && result.peak() == null) {
                    printer.println(outcome.strategy() + ": no " + format.word()
                            + ": modules on threads of their own have no step apart from the next");
                }
            }
            if (result.abnSavings() != null) {
                printer.println(outcome.strategy() + ": " + result.abnSavings());
            }
        }
        printer.println("reports: " + out.resolve("report.json"));
        printer.println("page: " + out.resolve(ReportPage.FILE));
        printer.flush();
        return runs.size() == outcomes.size() ? 0 : 1;
    }
}
