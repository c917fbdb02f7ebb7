package org.backpropaganda.experiments.reproduce;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.backpropaganda.experiments.UserException;
import org.backpropaganda.experiments.Words;
import org.backpropaganda.experiments.run.StateFile;
import org.backpropaganda.experiments.sequence.CopyLevel;
import org.backpropaganda.experiments.sequence.CopyTask;
import org.backpropaganda.experiments.sequence.SequenceRun;
import org.backpropaganda.experiments.sequence.SequenceSettings;
import org.backpropaganda.synthetic.recurrent.RecurrentMethod;
import org.jspecify.annotations.Nullable;

/**
 * How long a sequence an LSTM learns to copy that is differentiated in windows of a few steps: with gradients that end there,
 * with predicted ones, and with predicted ones that it is asked to know.
 */
public final class CopyReproduction {
    private static final long SAVED_EVERY = 1000;
    private static final List<RecurrentMethod> METHODS =
            List.of(RecurrentMethod.bptt(), RecurrentMethod.dni(), RecurrentMethod.dniAux());
    private static final List<Published> PUBLISHED =
            List.of(new Published(5, List.of(8, 18, 18)), new Published(3, List.of(8, 14, 17)));

    private final Sizes sizes;
    private final @Nullable Path directory;

    /** Symbols copied, by method. */
    private record Published(int window, List<Integer> symbols) {}

    /**
     * How much is trained.
     *
     * @param steps windows of each run
     * @param batch sequences beside one another
     * @param width of the LSTM
     * @param rate of Adam for the model
     * @param predictorRate of Adam for what predicts
     */
    public record Sizes(int steps, int batch, int width, double rate, double predictorRate, long seed, int threads) {
        private static final int USUAL_STEPS = 60_000;

        /**
         * A quarter of the published width, at rates that are higher in return. How far its curriculum gets in so many windows
         * is not known beforehand: more of them solve no less.
         */
        public static Sizes small(int threads) {
            return new Sizes(USUAL_STEPS, 64, 64, 5e-4, 2e-3, 1, threads);
        }

        Sizes of(int otherSteps, long otherSeed) {
            return new Sizes(otherSteps, batch, width, rate, predictorRate, otherSeed, threads);
        }
    }

    /**
     * Runs of some sizes.
     *
     * @param directory of the states of the runs, from which they go on; null to keep none
     */
    public CopyReproduction(Sizes sizes, @Nullable Path directory) {
        this.sizes = sizes;
        this.directory = directory;
    }

    /** As a part of a reproduction: each seed's runs. */
    static final class Part implements Reproduction.Part {
        @Override
        public String name() {
            return "copy";
        }

        @Override
        public String data() {
            return "synthetic";
        }

        @Override
        public int usualSteps() {
            return Sizes.USUAL_STEPS;
        }

        @Override
        public int usualSeeds() {
            return 1;
        }

        @Override
        public List<Reproduction.Figure> trained(Reproduction.Training training, Reproduction.Progress progress) {
            List<Reproduction.Figure> figures = new ArrayList<>();
            for (int seed = 1; seed <= training.seeds(); seed++) {
                Sizes sizes = Sizes.small(training.threads()).of(training.steps(), seed);
                figures.addAll(new CopyReproduction(sizes, made(training.states())).trained(progress));
            }
            return figures;
        }

        private static @Nullable Path made(@Nullable Path directory) {
            try {
                return directory == null ? null : Files.createDirectories(directory);
            } catch (IOException e) {
                throw new UserException("cannot make " + directory + " (" + Words.reason(e) + "); give another --out");
            }
        }
    }

    /** The symbols of the longest sequence that each method solved, window by window, and their ratios to the first's. */
    public List<Reproduction.Figure> trained(Reproduction.Progress progress) {
        List<Reproduction.Figure> figures = new ArrayList<>();
        for (Published published : PUBLISHED) {
            List<Integer> ours = new ArrayList<>();
            for (int i = 0; i < METHODS.size(); i++) {
                RecurrentMethod method = METHODS.get(i);
                String what = "copy, T = " + published.window + ", " + method.name();
                int symbols = solved(method, published.window, what, progress);
                ours.add(symbols);
                figures.add(new Reproduction.Figure(
                        what,
                        "symbols",
                        Integer.toString(published.symbols.get(i)),
                        symbols,
                        "longest of " + sizes.steps + " windows, seed " + sizes.seed));
                if (i > 0) {
                    figures.add(new Reproduction.Figure(
                            what + " over " + METHODS.get(0).name(),
                            "times",
                            String.format(
                                    Locale.ROOT, "%.2f", (double) published.symbols.get(i) / published.symbols.get(0)),
                            (double) symbols / ours.get(0),
                            ""));
                }
            }
        }
        return figures;
    }

    private int solved(RecurrentMethod method, int window, String what, Reproduction.Progress progress) {
        SequenceSettings settings = new SequenceSettings(
                CopyTask.COPY,
                method,
                window,
                sizes.batch,
                sizes.width,
                sizes.rate,
                sizes.predictorRate,
                sizes.seed,
                sizes.threads);
        Path path = directory == null
                ? null
                : directory.resolve("copy-" + method.name() + "-" + window + "-" + sizes.seed + ".state");
        try (SequenceRun run = new SequenceRun(settings, path == null ? null : new StateFile(path, settings.words()))) {
            if (run.step() > sizes.steps) {
                throw new UserException(path + " is the state behind window " + run.step() + " of a run that has "
                        + sizes.steps + "; give more --steps, or another --out");
            }
            run.train(sizes.steps, SAVED_EVERY, at -> progress.at(what, Math.toIntExact(at.step()), sizes.steps));
            CopyLevel solved = run.solved();
            return solved == null ? 0 : solved.symbols();
        }
    }

    /** What differs, a sentence each. */
    public List<String> differences() {
        return List.of(
                String.format(
                        Locale.ROOT,
                        "copy: an LSTM of width %d, Adam at %s, of the predictor at %s, and %d windows of %d sequences, where the paper has width 256 and"
                                + " 7e-5, and trains much longer",
                        sizes.width,
                        sizes.rate,
                        sizes.predictorRate,
                        sizes.steps,
                        sizes.batch),
                "copy: a level is solved when the last 10 batches cost below 0.15 bits a bit on average; the paper does not say over"
                        + " how many it looks");
    }
}
