package org.backpropaganda.experiments.cli;

import java.io.PrintWriter;
import org.backpropaganda.experiments.UserException;
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
            WhatFitsCommand.class
        })
public final class Main implements Runnable {
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
                .setParameterExceptionHandler((e, args) -> fail(e.getCommandLine(), e.getMessage()))
                .setExecutionExceptionHandler((e, command, result) -> {
                    String sentence = Sentences.of(e);
                    if (sentence == null) {
                        throw e;
                    }
                    return fail(command, sentence);
                });
    }

    private static int fail(CommandLine command, @Nullable String message) {
        PrintWriter err = command.getErr();
        err.println(Sentences.line(message));
        err.flush();
        return ChildProgram.USER_ERROR;
    }

    @Override
    public void run() {
        throw new UserException("no command given: choose "
                + String.join(", ", commandLine().getSubcommands().keySet()) + ", or --help");
    }
}
