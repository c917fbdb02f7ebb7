package org.backpropaganda.experiments.data;

import java.nio.file.Path;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** {@code images}: an {@link ImageFolder} of any size. */
public final class ImagesSource implements DataSource {
    @Override
    public String name() {
        return "images";
    }

    @Override
    public boolean needsDirectory() {
        return true;
    }

    @Override
    public DataSplit open(@Nullable Path directoryOrNull, long seed) {
        return ImageFolder.open(Objects.requireNonNull(directoryOrNull));
    }
}
