package org.backpropaganda.experiments.cli;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.backpropaganda.experiments.Nearest;
import org.backpropaganda.experiments.process.ChildProgram;
import org.backpropaganda.experiments.process.Sentences;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** {@code ./backprop}: measures ways to train in little memory against plain backpropagation. */
@Command(
        name = "backprop",
        description = "Measures ways to train neural networks in little memory against plain backpropagation.",
        mixinStandardHelpOptions = true,
        version = "backprop 0.1.0",
        subcommands = {
            CompareCommand.class,
            TrainCommand.class,
            SummaryCommand.class,
            BenchCommand.class,
            BisectCommand.class,
            GradcheckCommand.class,
            GradientsCommand.class,
            DriftCommand.class,
            ScheduleCommand.class,
            PlanCommand.class,
            ReproduceCommand.class,
            CharsCommand.class,
            SequenceTaskCommand.class,
            WhatFitsCommand.class,
            CompletionCommand.class,
            ReportCommand.class
        })
public final class Main implements Runnable {
    private static final String FIRST_STEPS = """
            Measures ways to train neural networks in little memory against plain backpropagation. To begin with:

              ./backprop compare                          a small network under every strategy: memory, time, gradients
              ./backprop summary --model resnet           what a training step will hold, before it runs
              ./backprop plan --model resnet --budget 60MiB
                                                          the fastest step within a number of bytes
              ./backprop compare --model mlp --strategies plain,checkpoint,dgl --batch 64
                                                          a model, strategies and sizes of your choice
              ./backprop --help                           all commands; COMMAND --help tells their options

            Reports go to runs/COMMAND. Words are completed by: source <(./backprop completion)
            """;

    @CommandLine.Spec
    private CommandLine.Model.@Nullable CommandSpec spec;

    /** Runs the command line. */
    public static void main(String[] arguments) {
        System.exit(execute(arguments));
    }

    private static int execute(String[] arguments) {
        try {
            return commandLine().execute(arguments);
        } catch (OutOfMemoryError e) {
            System.err.println(Sentences.line(Sentences.of(e)));
            return ChildProgram.USER_ERROR;
        }
    }

    static CommandLine commandLine() {
        return new CommandLine(new Main())
                .setCaseInsensitiveEnumValuesAllowed(true)
                // A value that begins with @ is a value.
                .setExpandAtFiles(false)
                .setParameterExceptionHandler((e, args) -> fail(e.getCommandLine(), e.getMessage() + near(e)))
                .setExecutionExceptionHandler((e, command, result) -> {
                    String sentence = Sentences.of(e);
                    if (sentence == null) {
                        throw e;
                    }
                    return fail(command, sentence);
                });
    }

    /** What the first word that is not known may have been. */
    private static String near(CommandLine.ParameterException e) {
        if (!(e instanceof CommandLine.UnmatchedArgumentException unmatched)) {
            return "";
        }
        CommandLine.Model.CommandSpec spec = unmatched.getCommandLine().getCommandSpec();
        List<String> known = new ArrayList<>(spec.optionsMap().keySet());
        known.addAll(spec.subcommands().keySet());
        return Nearest.question(unmatched.getUnmatched().get(0).replaceFirst("=.*", ""), known);
    }

    private static int fail(CommandLine command, @Nullable String message) {
        PrintWriter err = command.getErr();
        err.println(Sentences.line(message));
        err.flush();
        return ChildProgram.USER_ERROR;
    }

    /** Without a command: what to do first. */
    @Override
    public void run() {
        PrintWriter out = Objects.requireNonNull(spec).commandLine().getOut();
        out.print(FIRST_STEPS);
        out.flush();
    }
}
