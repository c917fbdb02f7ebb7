package org.backpropaganda.experiments.data;

import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** {@code mnist}: {@link MnistIdx}. */
public final class MnistSource implements DataSource {
    private static final int PADDING = 4;

    @Override
    public String name() {
        return "mnist";
    }

    @Override
    public boolean needsDirectory() {
        return true;
    }

    @Override
    public DataSplit open(@Nullable Path directoryOrNull, long seed) {
        return MnistIdx.open(Objects.requireNonNull(directoryOrNull));
    }

    @Override
    public Optional<Format> format() {
        return Optional.of(new Format(28, 28, 1, 10));
    }

    /** Digits do not survive a mirror. */
    @Override
    public Augmentation augmentation() {
        return new Augmentation(PADDING, false);
    }
}
