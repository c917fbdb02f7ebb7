package org.backpropaganda.experiments.run;

import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.RecordComponent;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.backpropaganda.autograd.io.Progress;
import org.backpropaganda.autograd.io.TensorFileException;
import org.backpropaganda.autograd.io.TrainingState;
import org.backpropaganda.experiments.UserException;
import org.backpropaganda.experiments.model.Strategy;

/**
 * Trains one model under one strategy, from its state file on if there is one. A run that was stopped and goes on ends
 * with every bit of one that was not.
 */
public final class ResumableRun implements AutoCloseable {
    /** Where the data are may change; what they are is the seed's and the kind's. */
    private static final Set<String> FREE = Set.of("dataDir");

    private final Path file;
    private final SortedMap<String, String> settings;
    private final Trainee trainee;
    private final TrainingState state;
    private int step;
    private double loss;

    /** Told after each step. */
    @FunctionalInterface
    public interface Watcher {
        void step(int done, int of, double loss);
    }

    /**
     * Makes the model, and loads the state where there is a file.
     *
     * @throws UserException if the file is damaged, or the state of other settings
     */
    public ResumableRun(RunConfig config, Strategy strategy, Path file) throws IOException {
        this.file = file;
        this.settings = settings(config, strategy);
        boolean resumed = Files.exists(file);
        if (resumed) {
            check(read(TrainingState::peek).notes());
        }
        this.trainee = new Trainee(config, strategy);
        TrainingState all = TrainingState.of(trainee.model().module(), trainee.optimizers());
        for (int k = 0; k < trainee.model().predictors().size(); k++) {
            all = all.withModule("predictors." + k, trainee.model().predictors().get(k));
        }
        this.state = all;
        if (resumed) {
            try {
                step = Math.toIntExact(read(state::load).step());
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
        }
    }

    private void check(Map<String, String> stored) {
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
        settings.put("strategy", strategy.toString());
        for (RecordComponent component : RunConfig.class.getRecordComponents()) {
            if (!FREE.contains(component.getName())) {
                try {
                    settings.put(
                            component.getName(),
                            String.valueOf(component.getAccessor().invoke(config)));
                } catch (IllegalAccessException | InvocationTargetException e) {
                    throw new IllegalStateException(component.getName(), e);
                }
            }
        }
        return settings;
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
     * Trains to the end.
     *
     * @param savedEvery after how many steps the state is saved; it is at the end too
     */
    public void train(int savedEvery, Watcher watcher) throws IOException {
        int steps = trainee.steps();
        while (step < steps) {
            trainee.step(step, trainee.prepare(step), new Trainee.Watcher() {
                @Override
                public void afterLoss(double value) {
                    loss = value;
                }
            });
            step++;
            if (step % savedEvery == 0 || step == steps) {
                save();
            }
            watcher.step(step, steps, loss);
        }
    }

    private void save() {
        try {
            state.save(file, new Progress(step, step, new TreeMap<>(), settings));
        } catch (IOException e) {
            throw new UserException("cannot write the state (" + e.getMessage() + ")"
                    + (Files.exists(file) ? "; " + file + " holds the last that could be written" : ""));
        }
    }

    /** The share of test images whose largest logit is their class's. */
    public double testAccuracy() {
        return trainee.testAccuracy();
    }

    @Override
    public void close() {
        trainee.close();
    }
}
