package org.backpropaganda.autograd.io;

import java.util.Collections;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * How far a run has come: what it must know, besides its tensors, to go on.
 *
 * @param step how many steps were made
 * @param dataPosition how many examples, or whatever the run counts its data by, were taken
 * @param seeds of the run's generators, by name
 * @param notes anything else, as the run's configuration
 */
public record Progress(long step, long dataPosition, SortedMap<String, Long> seeds, SortedMap<String, String> notes) {
    /** Copies the maps. */
    public Progress {
        if (step < 0 || dataPosition < 0) {
            throw new IllegalArgumentException(
                    "progress: step " + step + " or data position " + dataPosition + " below 0");
        }
        seeds = Collections.unmodifiableSortedMap(new TreeMap<>(seeds));
        notes = Collections.unmodifiableSortedMap(new TreeMap<>(notes));
    }

    /** So many steps made, and nothing else to know. */
    public static Progress at(long step) {
        return new Progress(step, 0, new TreeMap<>(), new TreeMap<>());
    }

    /** This, with another position in the data. */
    public Progress withDataPosition(long position) {
        return new Progress(step, position, seeds, notes);
    }

    /** This, with one seed set. */
    public Progress withSeed(String name, long seed) {
        return new Progress(step, dataPosition, with(seeds, name, seed), notes);
    }

    /** This, with one note set. */
    public Progress withNote(String name, String note) {
        return new Progress(step, dataPosition, seeds, with(notes, name, note));
    }

    private static <T> SortedMap<String, T> with(Map<String, T> map, String name, T value) {
        SortedMap<String, T> copy = new TreeMap<>(map);
        copy.put(name, value);
        return copy;
    }
}
