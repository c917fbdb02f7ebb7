package org.backpropaganda.experiments.cli;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.backpropaganda.experiments.UserException;
import org.backpropaganda.experiments.text.CharText;
import org.backpropaganda.experiments.text.CharTraining;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** A language model of characters. */
@Command(
        name = "chars",
        description = "Trains a transformer to predict the next character of a text, and lets it write.",
        mixinStandardHelpOptions = true)
final class CharsCommand implements Callable<Integer> {
    private static final int MOST = 1 << 16;
    private static final int SAYS_EVERY = 100;
    private static final double TEMPERATURE = 0.8;
    private static final double MEBIBYTE = 1 << 20;

    @Option(names = "--text", paramLabel = "FILE", required = true, description = "UTF-8 text")
    private Path file = Path.of("");

    @Option(
            names = "--strategy",
            paramLabel = "plain|checkpoint|reversible",
            defaultValue = "plain",
            description = "how its blocks are trained")
    private String strategy = "";

    @Option(names = "--depth", paramLabel = "N", defaultValue = "4", description = "blocks")
    private int depth;

    @Option(names = "--width", paramLabel = "C", defaultValue = "128", description = "of the model")
    private int width;

    @Option(names = "--heads", paramLabel = "H", defaultValue = "4", description = "of attention")
    private int heads;

    @Option(names = "--length", paramLabel = "T", defaultValue = "128", description = "characters of a window")
    private int length;

    @Option(names = "--batch", paramLabel = "B", defaultValue = "16", description = "windows a step")
    private int batch;

    @Option(names = "--steps", paramLabel = "S", defaultValue = "2500", description = "training steps")
    private int steps;

    @Option(names = "--seed", paramLabel = "K", defaultValue = "1", description = "of weights, batches and samples")
    private long seed;

    @Option(names = "--threads", paramLabel = "T", description = "of native kernels; all processors by default")
    private @Nullable Integer threads;

    @Option(names = "--sample", paramLabel = "N", defaultValue = "400", description = "characters to write at the end")
    private int sample;

    @CommandLine.Spec
    private CommandLine.Model.@Nullable CommandSpec spec;

    @Override
    public Integer call() {
        check();
        CharText text = CharText.read(file, length);
        int count = threads != null ? threads : Runtime.getRuntime().availableProcessors();
        PrintWriter out = Objects.requireNonNull(spec).commandLine().getOut();
        long begin = System.nanoTime();
        try (CharTraining training = new CharTraining(
                text, new CharTraining.Sizes(strategy, depth, width, heads, length, batch, steps, seed, count))) {
            for (int step = 1; step <= steps; step++) {
                double bits = training.step();
                if (step % SAYS_EVERY == 0 || step == steps) {
                    say(out, "step %d: %.3f bits, %.0f s", step, bits, (System.nanoTime() - begin) / 1e9);
                }
            }
            say(out, "validation: %.3f bits a character", training.validation());
            say(out, "peak activations: %.1f MiB", training.peakActivationBytes() / MEBIBYTE);
            if (sample > 0) {
                out.println();
                out.println(training.sample(sample, TEMPERATURE, seed));
                out.flush();
            }
        }
        return 0;
    }

    private static void say(PrintWriter out, String words, Object... values) {
        out.println(String.format(Locale.ROOT, words, values));
        out.flush();
    }

    private void check() {
        if (!List.of("plain", "checkpoint", "reversible").contains(strategy)) {
            throw new UserException("unknown strategy '" + strategy + "': choose plain, checkpoint or reversible");
        }
        require("depth", depth, 1);
        require("width", width, 1);
        require("heads", heads, 1);
        require("length", length, 1);
        require("batch", batch, 1);
        require("steps", steps, 1);
        require("sample", sample, 0);
        if (width % heads != 0) {
            throw new UserException(heads + " heads do not divide the width " + width);
        }
        if (threads != null) {
            require("threads", threads, 1);
        }
    }

    private static void require(String what, int value, int least) {
        if (value < least || value > MOST) {
            throw new UserException(what + " " + value + " is not within " + least + " and " + MOST);
        }
    }
}
