package org.backpropaganda.experiments.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.backpropaganda.experiments.model.ModelSpec;
import org.backpropaganda.experiments.model.Strategy;
import org.backpropaganda.experiments.process.Comparison;
import org.backpropaganda.experiments.report.Environment;
import org.backpropaganda.experiments.report.Report;
import org.backpropaganda.experiments.report.ReportFiles;
import org.backpropaganda.experiments.report.TextTable;
import org.backpropaganda.experiments.report.Trees;
import org.backpropaganda.experiments.run.RunConfig;
import org.backpropaganda.experiments.run.RunResult;
import org.backpropaganda.experiments.run.TrainingData;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The main job: every strategy on the same model, weights and batches. */
@Command(
        name = "compare",
        description = "Trains one model under several strategies and compares memory, time and gradients.",
        mixinStandardHelpOptions = true)
final class CompareCommand implements Callable<Integer> {
    private static final String REVNET_STRATEGIES = "plain,checkpoint,reversible,abn,reversible+abn,decoupled";
    private static final String OTHER_STRATEGIES = "plain,checkpoint,abn,decoupled";

    @Mixin
    private RunOptions options = new RunOptions();

    @Option(names = "--strategies", paramLabel = "LIST", description = "comma-separated; those that fit by default")
    private @Nullable String strategies;

    @Option(names = "--out", paramLabel = "DIR", defaultValue = "runs/compare", description = "where reports go")
    private Path out = Path.of("");

    @CommandLine.Spec
    private CommandLine.Model.@Nullable CommandSpec spec;

    @Override
    public Integer call() throws IOException {
        RunConfig config = options.config();
        ModelSpec model = config.specWithoutData();
        List<Strategy> chosen = Strategy.parseAll(strategies != null ? strategies : defaults(model));
        chosen.forEach(model::check);
        TrainingData.open(config).check();
        ReportFiles files = ReportFiles.in(out);
        Path work = Files.createTempDirectory("backprop");
        try {
            List<Comparison.Outcome> outcomes;
            try (Bars bars = new Bars()) {
                outcomes = new Comparison(config, work).run(chosen, bars);
            }
            return report(config, outcomes, files);
        } finally {
            Trees.delete(work);
        }
    }

    private static String defaults(ModelSpec model) {
        return model.kind() == ModelSpec.Kind.REVNET ? REVNET_STRATEGIES : OTHER_STRATEGIES;
    }

    private int report(RunConfig config, List<Comparison.Outcome> outcomes, ReportFiles files) throws IOException {
        List<RunResult> runs = new ArrayList<>();
        PrintWriter printer = Objects.requireNonNull(spec).commandLine().getOut();
        int code = 0;
        for (Comparison.Outcome outcome : outcomes) {
            RunResult result = outcome.result();
            if (result != null) {
                runs.add(result);
            } else {
                code = 1;
            }
        }
        files.write(new Report(1, config, Environment.here(config.threads()), runs), outcomes);
        printer.print(TextTable.of(runs));
        for (Comparison.Outcome outcome : outcomes) {
            RunResult result = outcome.result();
            if (result == null) {
                printer.println(outcome.strategy() + " failed: " + outcome.failure() + " ("
                        + out.resolve(outcome.strategy() + ".log") + ")");
            } else if (result.abnPairs() > 0) {
                printer.println(outcome.strategy() + ": " + result.abnPairs()
                        + " pairs of batch norm and activation work in place");
            }
        }
        printer.println("reports: " + out.resolve("report.json"));
        printer.flush();
        return code;
    }
}
