package org.backpropaganda.experiments.cli;

import java.io.PrintWriter;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;

/** What a command has to say before it does what it was asked to. */
final class Warnings {
    private Warnings() {}

    /** Prints sentences where errors go. */
    static void say(CommandLine.Model.@Nullable CommandSpec spec, List<String> sentences) {
        PrintWriter err = Objects.requireNonNull(spec).commandLine().getErr();
        sentences.forEach(sentence -> err.println("warning: " + sentence));
        err.flush();
    }
}
