package org.backpropaganda.experiments.data;

import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** {@code cifar10}: {@link Cifar10Binary}, or else an {@link ImageFolder} of ten classes and 32×32 pixels. */
public final class Cifar10Source implements DataSource {
    private static final Format FORMAT = new Format(32, 32, 3, 10);

    @Override
    public String name() {
        return "cifar10";
    }

    @Override
    public boolean needsDirectory() {
        return true;
    }

    @Override
    public Optional<Format> format() {
        return Optional.of(FORMAT);
    }

    @Override
    public DataSplit open(@Nullable Path directoryOrNull, long seed) {
        Path directory = Objects.requireNonNull(directoryOrNull);
        if (Cifar10Binary.isPresent(directory)) {
            return Cifar10Binary.open(directory);
        }
        if (!ImageFolder.isPresent(directory)) {
            throw new DataException("cifar10: " + directory + " holds neither the binary version (data_batch_*.bin) nor"
                    + " image folders (train and test, or train.zip and test.zip); give a directory that does");
        }
        DataSplit split = ImageFolder.open(directory);
        if (!Format.of(split.train()).equals(FORMAT)) {
            throw new DataException("cifar10: expected 10 classes of images [32, 32, 3], "
                    + directory + " holds " + split.train().classes() + " classes of " + ImageShape.of(split.train())
                    + "; for other image folders choose the kind images");
        }
        return split;
    }
}
