package org.example;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.SplittableRandom;
import org.backpropaganda.experiments.data.DataSource;
import org.backpropaganda.experiments.data.DataSplit;
import org.backpropaganda.experiments.data.Dataset;
import org.jspecify.annotations.Nullable;

/** A data set of numbers that no byte holds, which notes in a file of its directory each time that somebody opens it. */
public final class Dots implements DataSource {
    /** The file. */
    static final String OPENINGS = "openings.txt";

    @Override
    public String name() {
        return "dots";
    }

    @Override
    public boolean needsDirectory() {
        return true;
    }

    @Override
    public DataSplit open(@Nullable Path directoryOrNull, long seed) {
        try {
            Files.writeString(
                    directoryOrNull.resolve(OPENINGS),
                    "opened\n",
                    StandardOpenOption.CREATE,
                    StandardOpenOption.APPEND);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return new DataSplit(new Grey("dots to train on", 64, seed), new Grey("dots to test on", 16, seed + 1));
    }

    private record Grey(String name, int size, long seed) implements Dataset {
        @Override
        public int height() {
            return 6;
        }

        @Override
        public int width() {
            return 6;
        }

        @Override
        public int channels() {
            return 1;
        }

        @Override
        public List<String> classNames() {
            return List.of("dark", "bright", "neither");
        }

        @Override
        public int label(int index) {
            return index % 3;
        }

        @Override
        public void image(int index, float[] into, int offset) {
            SplittableRandom random = new SplittableRandom(seed * 1_000 + index);
            for (int i = 0; i < valuesPerImage(); i++) {
                into[offset + i] = (float) random.nextDouble();
            }
        }
    }
}
