package org.backpropaganda.experiments.run;

import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.RecordComponent;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.backpropaganda.autograd.io.Progress;
import org.backpropaganda.autograd.io.TensorFileException;
import org.backpropaganda.autograd.io.TrainingState;
import org.backpropaganda.experiments.UserException;
import org.backpropaganda.experiments.Words;
import org.backpropaganda.experiments.data.Batch;
import org.backpropaganda.experiments.model.Reversal;
import org.backpropaganda.experiments.model.Strategy;
import org.backpropaganda.experiments.peak.StepLog;
import org.jspecify.annotations.Nullable;

/**
 * Trains one model under one strategy, from its state file on if there is one. A run that was stopped and goes on ends
 * with every bit of one that was not.
 */
public final class ResumableRun implements AutoCloseable {
    /** Where the data are may change; what they are is the seed's and the kind's. A limit on bytes or a probe changes no bit. */
    private static final Set<String> FREE =
            Set.of("dataDir", "offloadDir", "budgetBytes", "probeEvery", "threadsPerModule", "freeRunning");

    private static final String ACCUMULATE = "accumulate";

    private static final String ALLOW = "allow";

    private static final String PREDICTOR = "predictor";

    private static final String UPDATE_PROBABILITY = "updateProbability";

    private final Path file;
    private final SortedMap<String, String> settings;
    private final Trainee trainee;
    private final TrainingState state;
    private int step;
    private int saved;
    private double loss = Double.NaN;
    private final Timeline timeline = new Timeline();
    private @Nullable StepLog log;
    private long stepPeakBytes;

    /** Told after each step. */
    @FunctionalInterface
    public interface Watcher {
        /**
         * A step was made.
         *
         * @param loss the last that is known; NaN while none is, as at first where batches are under way for several steps
         */
        void step(int done, int of, double loss);

        /** Predictions were compared with gradients of backpropagation, in front of a step. */
        default void probed(List<ProbePoint> points) {}
    }

    /**
     * Makes the model, and loads the state where there is a file.
     *
     * @throws UserException if no state can be saved there, the file is damaged or may not be read, or it is the state of
     *     other settings
     */
    public ResumableRun(RunConfig config, Strategy strategy, Path file) throws IOException {
        this.file = file;
        this.settings = settings(config, strategy);
        checkPlace(file);
        boolean resumed = Files.exists(file);
        long stored = 0;
        if (resumed) {
            Progress progress = read(TrainingState::peek);
            check(progress.notes());
            stored = progress.step();
        }
        if (config.isThreaded(strategy)) {
            throw new UserException("modules on threads of their own have no moment between two steps at which a state"
                    + " could be saved; compare trains them, and here leave --threads-per-module out");
        }
        this.trainee = new Trainee(config, strategy, TrainingData.open(config), true);
        if (stored > trainee.steps()) {
            int steps = trainee.steps();
            trainee.close();
            throw new UserException(file + " is the state behind step " + stored + " of a run that has " + steps
                    + "; give another --state");
        }
        this.state = trainee.state();
        if (resumed) {
            try {
                step = Math.toIntExact(read(state::load).step());
                saved = step;
            } catch (IOException | RuntimeException e) {
                trainee.close();
                throw e;
            }
        }
    }

    private interface Reading {
        Progress of(Path file) throws IOException;
    }

    private Progress read(Reading reading) throws IOException {
        try {
            return reading.of(file);
        } catch (TensorFileException e) {
            throw new UserException(e.getMessage() + "; give another --state");
        } catch (IOException e) {
            throw new UserException("cannot read " + file + " (" + Words.reason(e) + "); give another --state");
        }
    }

    /**
     * Checks that a state can be saved, and that it can be before anything is computed.
     *
     * @throws UserException that says why not
     */
    public static void checkPlace(Path file) {
        try {
            TrainingState.checkPlace(file);
        } catch (IOException e) {
            throw new UserException(
                    "cannot write the state to " + file + " (" + Words.reason(e) + "); give another --state");
        }
    }

    private void check(Map<String, String> stored) {
        Stream.concat(
                        Stream.of(ACCUMULATE, PREDICTOR, UPDATE_PROBABILITY),
                        Stream.of(Reversal.class.getRecordComponents()).map(RecordComponent::getName))
                .forEach(name -> {
                    String there = stored.get(name);
                    if (there != null && !settings.containsKey(name)) {
                        throw new UserException(file + " is the state of a run with " + name + " " + there
                                + ", which was not asked for; give the same options, or another --state");
                    }
                });
        settings.forEach((name, value) -> {
            String there = stored.get(name);
            if (there == null) {
                throw new UserException(
                        file + " tells no " + name + " and is not the state of such a run; give another --state");
            }
            if (!value.equals(there)) {
                throw new UserException(file + " is the state of a run with " + name + " " + there + ", not " + value
                        + "; give the same options, or another --state");
            }
        });
    }

    private static SortedMap<String, String> settings(RunConfig config, Strategy strategy) {
        SortedMap<String, String> settings = new TreeMap<>();
        settings.put("strategy", strategy.sorted().toString());
        addSettings(settings, config);
        if (config.accumulate() == 1) {
            settings.remove(ACCUMULATE);
        }
        if (config.machine().allow() == null) {
            settings.remove(ALLOW);
        }
        if (config.learners().predictor() == null) {
            settings.remove(PREDICTOR);
        }
        if (config.learners().updateProbability() == null) {
            settings.remove(UPDATE_PROBABILITY);
        }
        return settings;
    }

    private static void addSettings(SortedMap<String, String> settings, Object record) {
        for (RecordComponent component : record.getClass().getRecordComponents()) {
            Object value = valueOf(component, record);
            if (Reversal.USUAL.equals(value)) {
                continue;
            }
            if (component.getType().isRecord()) {
                addSettings(settings, Objects.requireNonNull(value));
            } else if (!FREE.contains(component.getName())) {
                settings.put(component.getName(), String.valueOf(value));
            }
        }
    }

    private static @Nullable Object valueOf(RecordComponent component, Object record) {
        try {
            return component.getAccessor().invoke(record);
        } catch (IllegalAccessException | InvocationTargetException e) {
            throw new IllegalStateException(component.getName(), e);
        }
    }

    /** Has a step written down block by block: the second that is made from now on, or the only one. */
    public void watch(StepLog into) {
        log = into;
    }

    private void watchNow(@Nullable StepLog into) {
        trainee.engine().watch(into);
        trainee.engine().ledger().listen(into == null ? null : timeline);
        if (into != null) {
            into.beginStep();
        }
    }

    /** Live bytes of the step that was watched, event by event. */
    public Timeline timeline() {
        return timeline;
    }

    /** The most bytes that were alive in the last step. */
    public long stepPeakBytes() {
        return stepPeakBytes;
    }

    /** How many steps were made. */
    public int step() {
        return step;
    }

    /** How many steps the run makes. */
    public int steps() {
        return trainee.steps();
    }

    /**
     * Trains to the end, and keeps the last state alone.
     *
     * @param savedEvery after how many steps the state is saved; it is at the end too
     */
    public void train(int savedEvery, Watcher watcher) throws IOException {
        train(savedEvery, 1, watcher);
    }

    /**
     * Trains to the end. A loss, weight or optimizer state that is not finite ends it: such a state is never saved.
     *
     * @param savedEvery after how many steps the state is saved; it is at the end too
     * @param kept how many states stay: the last under the file's name, the one before it as {@code NAME.1}, and so on
     * @throws UserException if the training diverges
     */
    public void train(int savedEvery, int kept, Watcher watcher) throws IOException {
        int steps = trainee.steps();
        int watched = Math.min(step + 1, steps - 1);
        while (step < steps) {
            Batch batch = trainee.prepare(step);
            if (trainee.probes(step)) {
                watcher.probed(trainee.probe(step, batch));
            }
            watchNow(step == watched ? log : null);
            trainee.engine().ledger().resetPeak();
            trainee.step(step, batch, new Trainee.Watcher() {
                @Override
                public void afterLoss(double value) {
                    if (!Double.isFinite(value)) {
                        throw diverged("the loss of step " + (step + 1) + " of " + steps + " is " + value, kept);
                    }
                    loss = value;
                }

                @Override
                public void afterStep(OptionalDouble value) {
                    value.ifPresent(this::afterLoss);
                }

                @Override
                public void afterDrain(OptionalDouble value) {
                    value.ifPresent(this::afterLoss);
                }
            });
            stepPeakBytes = trainee.engine().ledger().peakBytes();
            watchNow(null);
            step++;
            if (step % savedEvery == 0 || step == steps) {
                save(kept);
            }
            watcher.step(step, steps, loss);
        }
    }

    private UserException diverged(String what, int kept) {
        String older = kept > 1 && Files.exists(Path.of(file + ".1")) ? ", " + file + ".1 the one before" : "";
        return new UserException(what + ": the training has diverged and ends here; "
                + (saved > 0 ? file + " holds the state behind step " + saved + older : "there is no state of it yet")
                + "; try a smaller --lr, with another --state");
    }

    private void save(int kept) {
        Optional<String> nonFinite = state.nonFinite();
        if (nonFinite.isPresent()) {
            throw diverged(
                    "behind step " + step + " of " + trainee.steps() + " the state has numbers that are not finite, in "
                            + nonFinite.get(),
                    kept);
        }
        try {
            state.save(file, new Progress(step, step, new TreeMap<>(), settings), kept);
            saved = step;
        } catch (IOException e) {
            throw new UserException("cannot write the state (" + Words.reason(e) + ")"
                    + (Files.exists(file) ? "; " + file + " holds the last that could be written" : ""));
        }
    }

    /** The share of test images whose largest logit is their class's; NaN where logits are not finite. */
    public double testAccuracy() {
        return trainee.testAccuracy();
    }

    @Override
    public void close() {
        trainee.close();
    }
}
