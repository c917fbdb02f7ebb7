package org.backpropaganda.experiments.cli;

import java.io.PrintWriter;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.backpropaganda.autograd.check.GradientCheck;
import org.backpropaganda.autograd.check.GradientReport;
import org.backpropaganda.autograd.technique.Fidelity;
import org.backpropaganda.experiments.UserException;
import org.backpropaganda.experiments.model.Fit;
import org.backpropaganda.experiments.model.ModelSpec;
import org.backpropaganda.experiments.model.Strategy;
import org.backpropaganda.experiments.run.ModelGradientCheck;
import org.backpropaganda.experiments.run.ProcessMemory;
import org.backpropaganda.experiments.run.RunConfig;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Finite differences through a whole model. */
@Command(
        name = "gradcheck",
        description = "Checks the gradient of a whole model, in double, against finite differences.",
        mixinStandardHelpOptions = true,
        defaultValueProvider = GradcheckCommand.SmallModel.class)
final class GradcheckCommand implements Callable<Integer> {
    /** Finite differences evaluate the model twice for each direction: sizes that take seconds. */
    static final class SmallModel implements CommandLine.IDefaultValueProvider {
        private static final Map<String, String> SIZES = Map.of("--depth", "2", "--width", "8", "--batch", "2");

        @Override
        public @Nullable String defaultValue(CommandLine.Model.ArgSpec argument) {
            return argument instanceof CommandLine.Model.OptionSpec option ? SIZES.get(option.longestName()) : null;
        }
    }

    @Mixin
    private RunOptions options = new RunOptions();

    @Option(
            names = "--strategy",
            paramLabel = "NAME",
            defaultValue = "plain",
            completionCandidates = Found.Strategies.class,
            description = "how it is trained: plain, or joined by '+' of ${COMPLETION-CANDIDATES}")
    private String strategy = "";

    @CommandLine.Spec
    private CommandLine.Model.@Nullable CommandSpec spec;

    @Override
    public Integer call() {
        RunConfig config = options.config().inDouble();
        Strategy chosen = config.strategy(strategy);
        if (chosen.fidelity() == Fidelity.APPROXIMATE) {
            throw new UserException("strategy " + chosen
                    + " approximates gradients by design, so finite differences say nothing of it");
        }
        ModelSpec model = config.specWithoutData();
        Fit.check(model, chosen);
        Fit.checkSettings(model, List.of(chosen));
        Fit.checkMemory(model, ProcessMemory.machineBytes());
        GradientReport report = ModelGradientCheck.run(config, chosen, GradientCheck.seeded(config.seed()));
        PrintWriter out = Objects.requireNonNull(spec).commandLine().getOut();
        out.println((report.passed() ? "passed" : "FAILED") + ": "
                + report.entries().size() + " tensors; worst " + report.worst());
        out.flush();
        return report.passed() ? 0 : 1;
    }
}
