package org.backpropaganda.experiments.cli;

import java.io.PrintWriter;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.backpropaganda.autograd.technique.Level;
import org.backpropaganda.experiments.UserException;
import org.backpropaganda.experiments.model.Fit;
import org.backpropaganda.experiments.model.ModelSpec;
import org.backpropaganda.experiments.model.Strategy;
import org.backpropaganda.experiments.run.ModelBisect;
import org.backpropaganda.experiments.run.ProcessMemory;
import org.backpropaganda.experiments.run.RunConfig;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Which layers lose most where saved tensors are kept in fewer bits. */
@Command(
        name = "bisect",
        description = "Names the layers whose saved tensors, kept in fewer bits, cost most of the gradients.",
        mixinStandardHelpOptions = true)
final class BisectCommand implements Callable<Integer> {
    @Mixin
    private RunOptions options = new RunOptions();

    @Option(
            names = "--strategy",
            paramLabel = "NAME",
            defaultValue = "save:q4",
            completionCandidates = Found.Strategies.class,
            description = "joined by '+' of ${COMPLETION-CANDIDATES}; save:q4 by default")
    private String strategy = "";

    @CommandLine.Spec
    private CommandLine.Model.@Nullable CommandSpec spec;

    @Override
    public Integer call() {
        RunConfig config = options.config();
        Strategy chosen = config.strategy(strategy);
        if (chosen.techniques().stream().noneMatch(technique -> technique.level() == Level.PRECISION)) {
            throw new UserException("strategy " + chosen + " keeps every bit of what it saves; give one with save");
        }
        ModelSpec model = config.specWithoutData();
        Fit.check(model, chosen);
        Fit.checkSettings(model, List.of(chosen));
        Fit.checkMemory(model, ProcessMemory.machineBytes());
        PrintWriter out = Objects.requireNonNull(spec).commandLine().getOut();
        out.print(ModelBisect.run(config, chosen));
        out.flush();
        return 0;
    }
}
