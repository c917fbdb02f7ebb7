package org.backpropaganda.experiments.data;

import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** Opens data sets by the name of their kind, as a command line gives it. */
public final class Datasets {
    private Datasets() {}

    /**
     * Opens a data set.
     *
     * <table>
     * <caption>Kinds</caption>
     * <tr><th>kind</th><th>is</th><th>directory</th></tr>
     * <tr><td>{@code synthetic}</td><td>{@link SyntheticImages#split(long)}</td><td>not used</td></tr>
     * <tr><td>{@code cifar10}</td><td>{@link Cifar10Binary}, or else an {@link ImageFolder} of ten classes and 32×32
     * pixels</td><td>required</td></tr>
     * <tr><td>{@code mnist}</td><td>{@link MnistIdx}</td><td>required</td></tr>
     * <tr><td>{@code images}</td><td>{@link ImageFolder}</td><td>required</td></tr>
     * </table>
     *
     * @param kind one of the above
     * @param dirOrNull the directory of the data, or one that has a folder named as the kind; null for none
     * @param seed decides the images of {@code synthetic}; the other kinds do not use it
     * @throws DataException if the kind is unknown, or the data are missing or damaged
     */
    public static DataSplit open(String kind, @Nullable Path dirOrNull, long seed) {
        return switch (kind) {
            case "synthetic" -> SyntheticImages.split(seed);
            case "cifar10" -> cifar10(directory(kind, dirOrNull));
            case "mnist" -> MnistIdx.open(directory(kind, dirOrNull));
            case "images" -> ImageFolder.open(directory(kind, dirOrNull));
            default ->
                throw new DataException("unknown data set '" + kind + "'; choose synthetic, cifar10, mnist or images");
        };
    }

    private static DataSplit cifar10(Path directory) {
        if (Cifar10Binary.isPresent(directory)) {
            return Cifar10Binary.open(directory);
        }
        if (!ImageFolder.isPresent(directory)) {
            throw new DataException("cifar10: " + directory + " holds neither the binary version (data_batch_*.bin) nor"
                    + " image folders (train and test, or train.zip and test.zip); give a directory that does");
        }
        DataSplit split = ImageFolder.open(directory);
        ImageShape shape = ImageShape.of(split.train());
        if (!shape.equals(new ImageShape(32, 32, 3)) || split.train().classes() != 10) {
            throw new DataException("cifar10: expected 10 classes of images [32, 32, 3], "
                    + directory + " holds " + split.train().classes() + " classes of " + shape
                    + "; for other image folders choose the kind images");
        }
        return split;
    }

    private static Path directory(String kind, @Nullable Path dirOrNull) {
        if (dirOrNull == null) {
            throw new DataException(kind + ": needs a directory with the data, none was given; give one, or choose the"
                    + " kind synthetic, which needs none");
        }
        if (!Files.exists(dirOrNull)) {
            throw new DataException(
                    kind + ": " + dirOrNull + " does not exist; give the directory that holds the data");
        }
        Path inside = dirOrNull.resolve(kind);
        return Files.isDirectory(inside) ? inside : dirOrNull;
    }
}
