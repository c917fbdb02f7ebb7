package org.backpropaganda.experiments.reproduce;

import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A published result beside what this library gives for it, by its name on the command line.
 *
 * <p>It is found by {@link Reproductions} if it has a public constructor without arguments and its class is named in a file
 * {@code META-INF/services/org.backpropaganda.experiments.reproduce.Reproduction} of the class path.
 */
public interface Reproduction {
    /** The name: lower-case letters, digits and dashes. */
    String name();

    /** The publication, in one line. */
    String source();

    /** Figures that take no data and no time: as of steps that run on shapes. */
    List<Figure> figures();

    /**
     * Figures that take training.
     *
     * @param progress is told what is being done
     * @return none where nothing in the publication asks for it
     */
    default List<Figure> trained(Training training, Progress progress) {
        return List.of();
    }

    /** What of the publication is trained part by part, each from data of its own; none where {@link #trained} trains all. */
    default List<Part> parts() {
        return List.of();
    }

    /** Figures that are trained by themselves, by their name on the command line. */
    interface Part {
        /** The name: lower-case letters and digits. */
        String name();

        /** The name of the {@link org.backpropaganda.experiments.data.DataSource} that the publication trains on. */
        String data();

        /**
         * Trains, from where it was stopped if the training has states and they are there.
         *
         * @param progress is told what is being done
         */
        List<Figure> trained(Training training, Progress progress);
    }

    /** What differs between the publication's way to its figures and ours, a sentence each. */
    List<String> differences();

    /** Told what is being done. */
    @FunctionalInterface
    interface Progress {
        void at(String what, int step, int of);
    }

    /**
     * A figure.
     *
     * @param what it is of
     * @param unit of both
     * @param published as it was printed; null where there is none
     * @param ours ours
     * @param note what else is known of ours, as bytes; may be empty
     */
    record Figure(String what, String unit, @Nullable String published, double ours, String note) {}

    /**
     * How much is trained.
     *
     * @param data the name of a {@link org.backpropaganda.experiments.data.DataSource}
     * @param directory of its files, or null
     * @param steps of each run
     * @param seeds runs of each model
     * @param threads of native kernels
     * @param states the directory of what a run that is stopped goes on from, or null for none
     */
    record Training(
            String data,
            @Nullable Path directory,
            int steps,
            int seeds,
            int threads,
            @Nullable Path states) {
        /** Without states. */
        public Training(String data, @Nullable Path directory, int steps, int seeds, int threads) {
            this(data, directory, steps, seeds, threads, null);
        }
    }
}
