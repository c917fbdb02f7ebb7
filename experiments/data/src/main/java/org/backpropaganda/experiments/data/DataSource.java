package org.backpropaganda.experiments.data;

import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A kind of data set, by its name on the command line.
 *
 * <p>It is found by {@link Datasets} if it has a public constructor without arguments and its class is named in a file
 * {@code META-INF/services/org.backpropaganda.experiments.data.DataSource} of the class path.
 *
 * <pre>{@code
 * public final class Digits implements DataSource {
 *     public String name() { return "digits"; }
 *     public DataSplit open(@Nullable Path directory, long seed) { return new DataSplit(...); }
 * }
 * }</pre>
 */
public interface DataSource {
    /** The name: lower-case letters, digits and dashes. */
    String name();

    /**
     * Opens the data set. Everything that a run reads is in memory then.
     *
     * @param directoryOrNull that exists, where {@link #needsDirectory}; null where none was given
     * @param seed of the run, for sets that are drawn
     * @throws DataException if the data are missing or damaged
     */
    DataSplit open(@Nullable Path directoryOrNull, long seed);

    /** Whether it reads files. */
    default boolean needsDirectory() {
        return false;
    }

    /** What its images are, where that is known before it is opened. */
    default Optional<Format> format() {
        return Optional.empty();
    }

    /** How images of it are augmented. */
    default Augmentation augmentation() {
        return Augmentation.standard();
    }

    /** The sizes of images, and the number of their classes. */
    record Format(int height, int width, int channels, int classes) {
        /** Of a set. */
        public static Format of(Dataset data) {
            return new Format(data.height(), data.width(), data.channels(), data.classes());
        }
    }
}
