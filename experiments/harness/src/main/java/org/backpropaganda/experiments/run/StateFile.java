package org.backpropaganda.experiments.run;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.backpropaganda.autograd.io.Progress;
import org.backpropaganda.autograd.io.TensorFileException;
import org.backpropaganda.autograd.io.TrainingState;
import org.backpropaganda.experiments.UserException;
import org.backpropaganda.experiments.Words;

/**
 * The file that a run of some settings keeps its state in.
 *
 * @param file that is replaced at each save
 * @param settings by name: a state of others is refused
 */
public record StateFile(Path file, SortedMap<String, String> settings) {

    /**
     * A file to be.
     *
     * @throws UserException if no state can be saved there
     */
    public StateFile {
        settings = new TreeMap<>(settings);
        ResumableRun.checkPlace(file);
    }

    /**
     * Loads the state where there is a file.
     *
     * @return how far its run had come
     * @throws UserException if the file is damaged or may not be read, or is the state of other settings; then nothing was
     *     modified
     */
    public Optional<Progress> load(TrainingState state) {
        if (!Files.exists(file)) {
            return Optional.empty();
        }
        try {
            check(TrainingState.peek(file).notes());
            return Optional.of(state.load(file));
        } catch (TensorFileException e) {
            throw new UserException(e.getMessage() + "; give another --state");
        } catch (IOException e) {
            throw new UserException("cannot read " + file + " (" + Words.reason(e) + "); give another --state");
        }
    }

    private void check(Map<String, String> stored) {
        settings.forEach((name, value) -> {
            String there = stored.get(name);
            if (!value.equals(there)) {
                throw new UserException(file + " is the state of a run with " + name + " "
                        + (there == null ? "unknown" : Words.name(there)) + ", not " + value
                        + "; give the same options, or another --state");
            }
        });
    }

    /**
     * Saves a state with the settings.
     *
     * @throws UserException if it could not be written, or has numbers that are not finite; the last file stays as it was
     */
    public void save(TrainingState state, Progress progress) {
        Optional<String> nonFinite = state.nonFinite();
        if (nonFinite.isPresent()) {
            throw new UserException("behind step " + progress.step() + " the state has numbers that are not finite, in "
                    + nonFinite.get() + ": the training has diverged and ends here"
                    + (Files.exists(file) ? "; " + file + " holds the state before" : ""));
        }
        Progress all = progress;
        for (Map.Entry<String, String> each : settings.entrySet()) {
            all = all.withNote(each.getKey(), each.getValue());
        }
        try {
            state.save(file, all);
        } catch (IOException e) {
            throw new UserException("cannot write the state (" + Words.reason(e) + ")"
                    + (Files.exists(file) ? "; " + file + " holds the last that could be written" : ""));
        }
    }
}
