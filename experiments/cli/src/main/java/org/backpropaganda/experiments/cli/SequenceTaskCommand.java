package org.backpropaganda.experiments.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.experiments.UserException;
import org.backpropaganda.experiments.page.ReportPage;
import org.backpropaganda.experiments.report.Json;
import org.backpropaganda.experiments.report.ReportFiles;
import org.backpropaganda.experiments.run.Memory;
import org.backpropaganda.experiments.run.StateFile;
import org.backpropaganda.experiments.sequence.CopyLevel;
import org.backpropaganda.experiments.sequence.CopyTask;
import org.backpropaganda.experiments.sequence.SequenceRun;
import org.backpropaganda.experiments.sequence.SequenceSections;
import org.backpropaganda.experiments.sequence.SequenceSettings;
import org.backpropaganda.synthetic.recurrent.RecurrentMethod;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Sequences to be remembered, longer and longer. */
@Command(
        name = "sequence-task",
        description =
                "Trains an LSTM to copy longer and longer sequences, a window a step, and tells how long it came.",
        mixinStandardHelpOptions = true)
final class SequenceTaskCommand implements Callable<Integer> {
    private static final int MOST = 1 << 16;
    private static final int SAID = 20;
    private static final int NOTED = 1000;

    @Option(names = "--task", paramLabel = "copy|repeat-copy", defaultValue = "copy", description = "what is asked for")
    private String task = "";

    @Option(
            names = "--method",
            paramLabel = "bptt|dni|dni-aux|bp-lambda",
            defaultValue = "dni",
            description = "what crosses the border between two windows (${DEFAULT-VALUE})")
    private String method = "";

    @Option(
            names = "--window",
            paramLabel = "T",
            defaultValue = "5",
            description = "steps of a window (${DEFAULT-VALUE})")
    private int window;

    @Option(
            names = "--steps",
            paramLabel = "S",
            defaultValue = "20000",
            description = "windows to train on (${DEFAULT-VALUE})")
    private int steps;

    @Option(names = "--batch", paramLabel = "B", defaultValue = "32", description = "sequences (${DEFAULT-VALUE})")
    private int batch;

    @Option(names = "--width", paramLabel = "C", defaultValue = "64", description = "of the LSTM (${DEFAULT-VALUE})")
    private int width;

    @Option(names = "--lr", paramLabel = "R", defaultValue = "0.001", description = "of Adam (${DEFAULT-VALUE})")
    private double rate;

    @Option(
            names = "--predictor-lr",
            paramLabel = "R",
            description = "of Adam, for what predicts; that of --lr by default")
    private @Nullable Double predictorRate;

    @Option(names = "--seed", paramLabel = "K", defaultValue = "1", description = "of weights and sequences")
    private long seed;

    @Option(names = "--threads", paramLabel = "T", description = "of native kernels; all processors by default")
    private @Nullable Integer threads;

    @Option(
            names = "--state",
            paramLabel = "FILE",
            description = "where the state is saved; if it exists, training goes on from it, to the same bits")
    private @Nullable Path state;

    @Option(
            names = "--save-every",
            paramLabel = "N",
            defaultValue = "1000",
            description = "after how many steps the state is saved (${DEFAULT-VALUE})")
    private int savedEvery;

    @Option(
            names = "--out",
            paramLabel = "DIR",
            defaultValue = "runs/sequence-task",
            description = "where report.html goes (${DEFAULT-VALUE})")
    private Path directory = Path.of("");

    @Option(names = "--json", description = "print one JSON object at the end, and nothing else")
    private boolean json;

    @CommandLine.Spec
    private CommandLine.Model.@Nullable CommandSpec spec;

    /**
     * What {@code --json} prints; bytes are those of activations at their peak.
     *
     * @param symbols of the longest sequence that was solved; 0 if none was
     * @param length of it, in steps
     */
    private record Result(
            String task,
            String method,
            int window,
            long steps,
            int symbols,
            int repeats,
            int length,
            double bits,
            long peakActivationBytes) {}

    @Override
    public Integer call() throws IOException {
        SequenceSettings settings = settings();
        Memory.require("width " + width + ", batch " + batch + " and window " + window, settings.leastBytes());
        ReportFiles files = ReportFiles.in(directory);
        StateFile file = state == null ? null : new StateFile(state, settings.words());
        PrintWriter out = Objects.requireNonNull(spec).commandLine().getOut();
        try (SequenceRun run = new SequenceRun(settings, file)) {
            if (run.step() > 0 && !json) {
                say(out, "goes on behind step %d", run.step());
            }
            long every = Math.max(1, steps / SAID);
            long noted = Math.max(1, steps / NOTED);
            List<SequenceSections.Moment> course = new ArrayList<>();
            run.train(steps, savedEvery, at -> {
                if (at.step() % noted == 0 || at.step() == steps) {
                    course.add(SequenceSections.Moment.of(at));
                }
                if (!json && (at.step() % every == 0 || at.step() == steps)) {
                    say(
                            out,
                            "step %d of %d: at %d symbols, %d times, %.3f bits",
                            at.step(),
                            steps,
                            at.level().symbols(),
                            at.level().repeats(),
                            at.bits());
                }
            });
            ReportPage page = Pages.page(
                    "Sequence task: " + task + " by " + method,
                    "Windows of " + window + " steps, width " + width + ", batch " + batch,
                    SequenceSections.of(run, course),
                    Pages.environment(settings.threads(), Typed.command(spec)));
            files.write(Map.of(ReportPage.FILE, page::write));
            tell(out, run);
        }
        return 0;
    }

    private void tell(PrintWriter out, SequenceRun run) {
        CopyLevel solved = run.solved();
        if (json) {
            out.println(Json.text(new Result(
                    task,
                    method,
                    window,
                    run.step(),
                    solved == null ? 0 : solved.symbols(),
                    solved == null ? 0 : solved.repeats(),
                    solved == null ? 0 : solved.length(),
                    run.bits(),
                    run.peakActivationBytes())));
            out.flush();
        } else if (solved == null) {
            say(out, "longest sequence solved: none");
        } else {
            say(
                    out,
                    "longest sequence solved: %d symbols, %d times, %d steps",
                    solved.symbols(),
                    solved.repeats(),
                    solved.length());
        }
    }

    private static void say(PrintWriter out, String words, Object... values) {
        out.println(String.format(Locale.ROOT, words, values));
        out.flush();
    }

    private SequenceSettings settings() {
        require("window", window, MOST);
        require("steps", steps, Integer.MAX_VALUE);
        require("batch", batch, MOST);
        require("width", width, MOST);
        require("save-every", savedEvery, Integer.MAX_VALUE);
        double ofPredictor = predictorRate != null ? predictorRate : rate;
        requireRate("lr", rate);
        requireRate("predictor-lr", ofPredictor);
        int count = threads != null ? threads : Runtime.getRuntime().availableProcessors();
        require("threads", count, Engine.MOST_THREADS);
        return new SequenceSettings(
                CopyTask.named(task), method(method), window, batch, width, rate, ofPredictor, seed, count);
    }

    static RecurrentMethod method(String name) {
        try {
            return RecurrentMethod.named(name);
        } catch (IllegalArgumentException e) {
            throw new UserException(String.valueOf(e.getMessage()));
        }
    }

    private static void requireRate(String what, double value) {
        if (!(value > 0 && value < 1)) {
            throw new UserException(what + " " + value + " is not within 0 and 1, both excluded");
        }
    }

    private static void require(String what, int value, int most) {
        if (value < 1 || value > most) {
            throw new UserException(what + " " + value + " is not within 1 and " + most);
        }
    }
}
