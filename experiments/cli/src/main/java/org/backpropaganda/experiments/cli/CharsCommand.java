package org.backpropaganda.experiments.cli;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import org.backpropaganda.autograd.io.Progress;
import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.experiments.UserException;
import org.backpropaganda.experiments.Words;
import org.backpropaganda.experiments.run.Memory;
import org.backpropaganda.experiments.run.StateFile;
import org.backpropaganda.experiments.text.CharText;
import org.backpropaganda.experiments.text.CharTraining;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** A language model of characters. */
@Command(
        name = "chars",
        description = "Trains a transformer or an LSTM to predict the next character of a text, and lets it write.",
        mixinStandardHelpOptions = true)
final class CharsCommand implements Callable<Integer> {
    private static final int MOST = 1 << 16;
    private static final int SAYS_EVERY = 100;
    private static final double TEMPERATURE = 0.8;
    private static final double MEBIBYTE = 1 << 20;

    @Option(names = "--text", paramLabel = "FILE", required = true, description = "UTF-8 text")
    private Path file = Path.of("");

    @Option(
            names = "--model",
            paramLabel = "transformer|lstm",
            defaultValue = "transformer",
            description = "transformer: windows at random places; lstm: streams whose state is carried on")
    private String model = "";

    @Option(
            names = "--strategy",
            paramLabel = "plain|checkpoint|reversible",
            defaultValue = "plain",
            description = "how the blocks of a transformer are trained")
    private String strategy = "";

    @Option(names = "--depth", paramLabel = "N", description = "blocks (4) or layers (2)")
    private @Nullable Integer depth;

    @Option(names = "--width", paramLabel = "C", description = "of the model (128, lstm 256)")
    private @Nullable Integer width;

    @Option(names = "--heads", paramLabel = "H", description = "of a transformer's attention (4)")
    private @Nullable Integer heads;

    @Option(names = "--dropout", paramLabel = "P", description = "between the layers of an lstm and behind them (0.1)")
    private @Nullable Double dropout;

    @Option(names = "--length", paramLabel = "T", defaultValue = "64", description = "characters of a window")
    private int length;

    @Option(names = "--batch", paramLabel = "B", description = "windows a step (12, lstm 32)")
    private @Nullable Integer batch;

    @Option(names = "--steps", paramLabel = "S", description = "training steps (5000, lstm 1900)")
    private @Nullable Integer steps;

    @Option(names = "--seed", paramLabel = "K", defaultValue = "1", description = "of weights, batches and samples")
    private long seed;

    @Option(names = "--threads", paramLabel = "T", description = "of native kernels; all processors by default")
    private @Nullable Integer threads;

    @Option(names = "--sample", paramLabel = "N", defaultValue = "400", description = "characters to write at the end")
    private int sample;

    @Option(
            names = "--method",
            paramLabel = "bptt|dni|dni-aux|bp-lambda",
            defaultValue = "bptt",
            description = "what crosses the border between two windows of an lstm (${DEFAULT-VALUE})")
    private String method = "";

    @Option(
            names = "--state",
            paramLabel = "FILE",
            description = "where the state is saved; if it exists, training goes on from it, to the same bits")
    private @Nullable Path state;

    @Option(
            names = "--save-every",
            paramLabel = "N",
            defaultValue = "100",
            description = "after how many steps the state is saved (${DEFAULT-VALUE})")
    private int savedEvery;

    @CommandLine.Spec
    private CommandLine.Model.@Nullable CommandSpec spec;

    @Override
    public Integer call() {
        CharTraining.Sizes sizes = sizes();
        CharText text = CharText.read(file, sizes.length());
        Memory.require(
                "depth " + sizes.depth() + ", width " + sizes.width() + ", batch " + sizes.batch() + " and length "
                        + sizes.length(),
                sizes.leastBytes(text.vocabulary()));
        StateFile kept = state == null ? null : new StateFile(state, words(sizes, text));
        PrintWriter out = Objects.requireNonNull(spec).commandLine().getOut();
        long begin = System.nanoTime();
        try (CharTraining training = new CharTraining(text, sizes)) {
            if (kept != null) {
                kept.load(training.state()).ifPresent(progress -> training.goOn(progress.step()));
            }
            if (training.made() > 0) {
                say(out, "goes on behind step %d of %d", training.made(), sizes.steps());
            }
            for (long step = training.made() + 1; step <= sizes.steps(); step++) {
                double bits = training.step();
                if (kept != null && (step % savedEvery == 0 || step == sizes.steps())) {
                    kept.save(training.state(), Progress.at(step));
                }
                if (step % SAYS_EVERY == 0 || step == sizes.steps()) {
                    say(out, "step %d: %.3f bits, %.0f s", step, bits, (System.nanoTime() - begin) / 1e9);
                }
            }
            say(out, "validation: %.3f bits a character", training.validation());
            say(out, "peak activations: %.1f MiB", training.peakActivationBytes() / MEBIBYTE);
            if (sample > 0) {
                out.println();
                out.println(Words.text(training.sample(sample, TEMPERATURE, seed)));
                out.flush();
            }
        }
        return 0;
    }

    private static void say(PrintWriter out, String words, Object... values) {
        out.println(String.format(Locale.ROOT, words, values));
        out.flush();
    }

    /** What must be the same for a run to go on from a state. */
    private static SortedMap<String, String> words(CharTraining.Sizes sizes, CharText text) {
        SortedMap<String, String> words = new TreeMap<>();
        words.put("sizes", sizes.toString());
        words.put("text", Long.toHexString(text.fingerprint()));
        return words;
    }

    private CharTraining.Sizes sizes() {
        if (!List.of("transformer", "lstm").contains(model)) {
            throw new UserException("unknown model '" + model + "': choose transformer or lstm");
        }
        if (!List.of("plain", "checkpoint", "reversible").contains(strategy)) {
            throw new UserException("unknown strategy '" + strategy + "': choose plain, checkpoint or reversible");
        }
        boolean lstm = model.equals("lstm");
        if (lstm && (heads != null || !strategy.equals("plain"))) {
            throw new UserException("heads and strategies other than plain are for transformers");
        }
        if (!lstm && dropout != null) {
            throw new UserException("dropout is for an lstm");
        }
        if (!lstm && !method.equals("bptt")) {
            throw new UserException("method " + method + " is for an lstm");
        }
        if (savedEvery < 1) {
            throw new UserException("save-every " + savedEvery + " is below 1");
        }
        double rate = dropout != null ? dropout : 0.1;
        if (!(rate >= 0 && rate < 1)) {
            throw new UserException("dropout " + rate + " is not within [0, 1)");
        }
        require("sample", sample, 0);
        CharTraining.Sizes sizes = new CharTraining.Sizes(
                lstm ? CharTraining.Kind.LSTM : CharTraining.Kind.TRANSFORMER,
                strategy,
                require("depth", or(depth, lstm ? 2 : 4), 1),
                require("width", or(width, lstm ? 256 : 128), 1),
                require("heads", or(heads, 4), 1),
                rate,
                require("length", length, 1),
                require("batch", or(batch, lstm ? 32 : 12), 1),
                require("steps", or(steps, lstm ? 1900 : 5000), 1),
                seed,
                require("threads", or(threads, Runtime.getRuntime().availableProcessors()), 1, Engine.MOST_THREADS),
                SequenceTaskCommand.method(method));
        if ((long) sizes.batch() * sizes.length() > Integer.MAX_VALUE) {
            throw new UserException(
                    "batch " + sizes.batch() + " of length " + sizes.length() + " has more than 2^31 characters");
        }
        if (!lstm && sizes.width() % (2 * sizes.heads()) != 0) {
            throw new UserException(sizes.heads() + " heads do not divide the width " + sizes.width() + " into pairs");
        }
        return sizes;
    }

    private static int or(@Nullable Integer given, int usual) {
        return given != null ? given : usual;
    }

    private static int require(String what, int value, int least) {
        return require(what, value, least, MOST);
    }

    private static int require(String what, int value, int least, int most) {
        if (value < least || value > most) {
            throw new UserException(what + " " + value + " is not within " + least + " and " + most);
        }
        return value;
    }
}
