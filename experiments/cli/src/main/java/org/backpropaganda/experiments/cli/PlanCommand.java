package org.backpropaganda.experiments.cli;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.concurrent.Callable;
import org.backpropaganda.autograd.technique.ByteSize;
import org.backpropaganda.experiments.UserException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;

/** The fastest training step within a budget of bytes. */
@Command(
        name = "plan",
        description = "Finds the fastest training step within a budget of bytes.",
        mixinStandardHelpOptions = true)
final class PlanCommand implements Callable<Integer> {
    @Option(names = "--chain", paramLabel = "FILE", required = true, description = "JSON of a chain of blocks")
    private Path chain = Path.of("");

    @Option(
            names = "--budget",
            paramLabel = "BYTES",
            required = true,
            description = "the most bytes that may be live, as 1000000 or 200MiB")
    private String budget = "";

    @Option(
            names = "--levels",
            paramLabel = "N",
            description = "replays nested so deep at most; as the file says by default, or 1 and 2 if nothing fits")
    private @Nullable Integer levels;

    @Option(names = "--json", description = "print one JSON object")
    private boolean json;

    @CommandLine.Spec
    private @Nullable CommandSpec spec;

    @Override
    public Integer call() {
        ChainPlan plan = ChainPlan.of(chain, budgetBytes(), levels());
        PrintWriter out = Objects.requireNonNull(spec).commandLine().getOut();
        if (json) {
            plan.printJson(out);
        } else {
            plan.print(out);
        }
        return 0;
    }

    private long budgetBytes() {
        try {
            return ByteSize.parse(budget);
        } catch (IllegalArgumentException e) {
            throw new UserException("budget: " + e.getMessage());
        }
    }

    private OptionalInt levels() {
        if (levels == null) {
            return OptionalInt.empty();
        }
        if (levels < 0) {
            throw new UserException("levels " + levels + " is below 0");
        }
        return OptionalInt.of(levels);
    }
}
