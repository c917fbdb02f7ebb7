package org.backpropaganda.experiments.cli;

import java.io.PrintWriter;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.backpropaganda.autograd.nn.ModelSummary;
import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.backpropaganda.experiments.UserException;
import org.backpropaganda.experiments.fit.ShapePeak;
import org.backpropaganda.experiments.model.Fit;
import org.backpropaganda.experiments.model.LossModule;
import org.backpropaganda.experiments.model.ModelSpec;
import org.backpropaganda.experiments.model.Strategy;
import org.backpropaganda.experiments.run.RunConfig;
import org.backpropaganda.experiments.run.TrainingData;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** What a training step would hold and compute. Neither weights nor activations are made, so any size will do. */
@Command(
        name = "summary",
        description = "Tells a model's layers, and what a training step will hold and compute, without running it.",
        mixinStandardHelpOptions = true)
final class SummaryCommand implements Callable<Integer> {
    @Mixin
    private RunOptions options = new RunOptions();

    @Option(
            names = "--strategy",
            paramLabel = "NAME",
            defaultValue = "plain",
            completionCandidates = Found.Strategies.class,
            description = "how it is trained: plain, or joined by '+' of ${COMPLETION-CANDIDATES}")
    private String strategy = "";

    @Option(
            names = "--levels",
            paramLabel = "L",
            defaultValue = "2",
            description = "how deep to list modules; what lies deeper is added up")
    private int levels;

    @Option(
            names = "--holders",
            paramLabel = "N",
            defaultValue = "5",
            description =
                    "how many modules to list of those that hold the most at the peak of a step (${DEFAULT-VALUE})")
    private int holders;

    @CommandLine.Spec
    private CommandLine.Model.@Nullable CommandSpec spec;

    @Override
    public Integer call() {
        if (levels < 0) {
            throw new UserException("levels " + levels + " is below 0");
        }
        if (holders < 0) {
            throw new UserException("holders " + holders + " is below 0");
        }
        RunConfig config = options.config();
        ModelSpec model = TrainingData.specOf(config);
        Strategy chosen = config.strategy(strategy);
        Fit.check(model, chosen);
        Fit.checkSettings(model, List.of(chosen));
        if (chosen.memoryBudgetBytes() < Long.MAX_VALUE) {
            throw new UserException(
                    "strategy " + chosen + " evicts by what all of a run holds, weights and optimizer too,"
                            + " which a summary of one step does not know; run it with compare");
        }
        PrintWriter out = Objects.requireNonNull(spec).commandLine().getOut();
        out.print(summary(model, chosen, config.batch()).toString(levels));
        PeakLines.of(ShapePeak.of(config, model, chosen), config.descent().optimizer(), holders, levels)
                .forEach(out::println);
        out.flush();
        return 0;
    }

    private static ModelSummary summary(ModelSpec spec, Strategy strategy, int batch) {
        try (Engine engine = Engine.withoutMemory();
                TensorScope scope = engine.scope("")) {
            return LossModule.summary(spec, strategy, batch, scope);
        }
    }
}
