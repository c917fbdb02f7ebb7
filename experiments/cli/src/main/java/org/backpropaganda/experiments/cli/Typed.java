package org.backpropaganda.experiments.cli;

import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/** What was typed. */
final class Typed {
    private static final String PLAIN = "[A-Za-z0-9_./:,=+@%^-]+";

    private Typed() {}

    /** The command line, as a shell takes it again; empty where there is none. */
    static String command(@Nullable CommandSpec spec) {
        ParseResult parsed = spec == null ? null : spec.root().commandLine().getParseResult();
        if (parsed == null) {
            return "";
        }
        return "./backprop " + parsed.originalArgs().stream().map(Typed::quoted).collect(Collectors.joining(" "));
    }

    static String quoted(String word) {
        return word.matches(PLAIN) ? word : "'" + word.replace("'", "'\\''") + "'";
    }
}
