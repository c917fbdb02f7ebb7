package org.backpropaganda.autograd.io;

import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.backpropaganda.autograd.optim.ReduceOnPlateau;

/** The metadata strings of a training state. */
final class StateEntries {
    private static final String FORMAT = "format";
    private static final String THIS_FORMAT = "backpropaganda training state 1";
    private static final String STEP = "step";
    private static final String DATA_POSITION = "data_position";
    private static final String SEED = "seed.";
    private static final String NOTE = "note.";
    private static final String OPTIMIZER = "optimizer.";
    private static final String LEARNING_RATE = "learning_rate.";
    private static final String STEPS = "steps.";
    private static final String UPDATES = "updates.";
    private static final String PLATEAU = "plateau.";

    private final Path file;
    private final Map<String, String> strings = new LinkedHashMap<>();

    private StateEntries(Path file) {
        this.file = file;
    }

    static StateEntries of(Path file, Progress progress) {
        StateEntries entries = new StateEntries(file);
        entries.strings.put(FORMAT, THIS_FORMAT);
        entries.strings.put(STEP, Long.toString(progress.step()));
        entries.strings.put(DATA_POSITION, Long.toString(progress.dataPosition()));
        progress.seeds().forEach((name, seed) -> entries.strings.put(SEED + name, Long.toString(seed)));
        progress.notes().forEach((name, note) -> entries.strings.put(NOTE + name, note));
        return entries;
    }

    static StateEntries read(Path file, Map<String, String> metadata) throws TensorFileException {
        StateEntries entries = new StateEntries(file);
        entries.strings.putAll(metadata);
        String format = metadata.get(FORMAT);
        if (!THIS_FORMAT.equals(format)) {
            throw new TensorFileException(
                    file,
                    "is of format \"" + Printable.name(String.valueOf(format)) + "\", not \"" + THIS_FORMAT + "\"");
        }
        return entries;
    }

    Path file() {
        return file;
    }

    Map<String, String> asMap() {
        return Collections.unmodifiableMap(strings);
    }

    Progress progress() throws TensorFileException {
        SortedMap<String, Long> seeds = new TreeMap<>();
        for (String name : under(SEED).keySet()) {
            seeds.put(name, number(SEED + name, Long.MIN_VALUE));
        }
        return new Progress(number(STEP, 0), number(DATA_POSITION, 0), seeds, under(NOTE));
    }

    void putOptimizer(String name, String kind, double learningRate) {
        strings.put(OPTIMIZER + name, kind);
        strings.put(LEARNING_RATE + name, Double.toString(learningRate));
    }

    void putSteps(String optimizer, String path, long steps) {
        strings.put(STEPS + optimizer + "." + path, Long.toString(steps));
    }

    /** The kind of each optimizer, by its name. */
    Map<String, String> optimizers() {
        return under(OPTIMIZER);
    }

    double learningRate(String optimizer) throws TensorFileException {
        String text = string(LEARNING_RATE + optimizer);
        double rate;
        try {
            rate = Double.parseDouble(text);
        } catch (NumberFormatException e) {
            throw new TensorFileException(file, "has the learning rate \"" + Printable.name(text) + "\"", e);
        }
        if (!(rate >= 0 && rate <= Double.MAX_VALUE)) {
            throw new TensorFileException(file, "has the learning rate " + rate);
        }
        return rate;
    }

    /** Steps made, by parameter path. */
    Map<String, Long> steps(String optimizer) throws TensorFileException {
        String prefix = STEPS + optimizer + ".";
        Map<String, Long> steps = new LinkedHashMap<>();
        for (String path : under(prefix).keySet()) {
            steps.put(path, number(prefix + path, 1));
        }
        return steps;
    }

    void putUpdates(String average, long updates) {
        strings.put(UPDATES + average, Long.toString(updates));
    }

    long updates(String average) throws TensorFileException {
        return number(UPDATES + average, 0);
    }

    /** The names of averages. */
    Set<String> averages() {
        return under(UPDATES).keySet();
    }

    void putPlateau(String name, ReduceOnPlateau.State state) {
        strings.put(
                PLATEAU + name, state.best() + " " + state.multiplier() + " " + state.bad() + " " + state.cooling());
    }

    ReduceOnPlateau.State plateau(String name) throws TensorFileException {
        String text = string(PLATEAU + name);
        String[] words = text.split(" ", -1);
        try {
            if (words.length == 4) {
                return new ReduceOnPlateau.State(
                        Double.parseDouble(words[0]),
                        Double.parseDouble(words[1]),
                        Long.parseLong(words[2]),
                        Long.parseLong(words[3]));
            }
        } catch (IllegalArgumentException e) {
            throw new TensorFileException(
                    file, "has \"" + Printable.name(text) + "\" as \"" + PLATEAU + name + "\"", e);
        }
        throw new TensorFileException(file, "has \"" + Printable.name(text) + "\" as \"" + PLATEAU + name + "\"");
    }

    /** The names of falling factors. */
    Set<String> plateaus() {
        return under(PLATEAU).keySet();
    }

    private SortedMap<String, String> under(String prefix) {
        SortedMap<String, String> found = new TreeMap<>();
        strings.forEach((key, value) -> {
            if (key.startsWith(prefix)) {
                found.put(key.substring(prefix.length()), value);
            }
        });
        return found;
    }

    private String string(String key) throws TensorFileException {
        String value = strings.get(key);
        if (value == null) {
            throw new TensorFileException(file, "has no \"" + key + "\"");
        }
        return value;
    }

    private long number(String key, long least) throws TensorFileException {
        String text = string(key);
        try {
            long number = Long.parseLong(text);
            if (number >= least) {
                return number;
            }
        } catch (NumberFormatException e) {
            throw new TensorFileException(file, "has \"" + Printable.name(text) + "\" as \"" + key + "\"", e);
        }
        throw new TensorFileException(file, "has " + Printable.name(text) + " as \"" + key + "\", below " + least);
    }
}
