package org.backpropaganda.experiments.data;

import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** {@code synthetic}: {@link SyntheticImages#split(long)}, which needs no files. */
public final class SyntheticSource implements DataSource {
    @Override
    public String name() {
        return "synthetic";
    }

    @Override
    public DataSplit open(@Nullable Path directoryOrNull, long seed) {
        return SyntheticImages.split(seed);
    }

    @Override
    public Optional<Format> format() {
        return Optional.of(new Format(32, 32, 3, 10));
    }
}
