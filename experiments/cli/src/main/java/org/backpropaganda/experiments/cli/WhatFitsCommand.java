package org.backpropaganda.experiments.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.backpropaganda.autograd.technique.ByteSize;
import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.experiments.UserException;
import org.backpropaganda.experiments.fit.WhatFits;
import org.backpropaganda.experiments.report.ReportFiles;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;

/** The largest batches that fit into given numbers of bytes, as a document. */
@Command(
        name = "what-fits",
        description =
                "Writes a document of the largest batches of which a training step fits into given numbers of bytes.",
        mixinStandardHelpOptions = true)
final class WhatFitsCommand implements Callable<Integer> {
    @Option(
            names = "--budgets",
            paramLabel = "BYTES,…",
            defaultValue = "1GiB,2GiB,4GiB,8GiB",
            description = "for all that lives in a step; ${DEFAULT-VALUE} by default")
    private String budgets = "";

    @Option(
            names = "--models",
            paramLabel = "NAME,…",
            defaultValue = "resnet50,gpt2,irevnet",
            description = "of ${DEFAULT-VALUE}, which are the default")
    private String models = "";

    @Option(
            names = "--threads",
            paramLabel = "T",
            defaultValue = "2",
            description = "of native kernels, which decide what these take; ${DEFAULT-VALUE} by default")
    private int threads;

    @Option(
            names = "--prove",
            paramLabel = "N",
            defaultValue = "0",
            description = "how many cells of the planner are proved by real steps within the budget; none by default")
    private int proofs;

    @Option(names = "--out", paramLabel = "FILE", required = true, description = "the Markdown document to write")
    private Path out = Path.of("");

    @CommandLine.Spec
    private @Nullable CommandSpec spec;

    @Override
    public Integer call() throws IOException {
        if (threads < 1 || threads > Engine.MOST_THREADS) {
            throw new UserException("threads " + threads + " is not within 1 and " + Engine.MOST_THREADS);
        }
        WhatFits asked = new WhatFits(sizes(), words(models), threads, proofs);
        Path file = out.toAbsolutePath().normalize();
        Path name = file.getFileName();
        Path parent = file.getParent();
        if (name == null || parent == null || Files.isDirectory(file)) {
            throw new UserException("--out " + out + " is a directory; give the name of a file");
        }
        ReportFiles files = ReportFiles.in(parent);
        String document;
        try (Bars bars = new Bars()) {
            document = asked.answer(bars::at).toMarkdown();
        }
        files.write(Map.of(name.toString(), target -> Files.writeString(target, document, StandardCharsets.UTF_8)));
        PrintWriter printer = Objects.requireNonNull(spec).commandLine().getOut();
        printer.println("document: " + out);
        printer.flush();
        return 0;
    }

    private List<Long> sizes() {
        try {
            return words(budgets).stream()
                    .map(ByteSize::parse)
                    .distinct()
                    .sorted()
                    .toList();
        } catch (IllegalArgumentException e) {
            throw new UserException("--budgets: " + e.getMessage());
        }
    }

    private static List<String> words(String list) {
        return Arrays.stream(list.split(",", -1)).map(String::trim).distinct().toList();
    }
}
