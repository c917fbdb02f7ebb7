package org.backpropaganda.experiments.data;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * Reads MNIST, or a set in its format such as Fashion-MNIST, from IDX files: grey images of digits, ten classes.
 *
 * <p>The files are {@code train-images-idx3-ubyte}, {@code train-labels-idx1-ubyte}, {@code t10k-images-idx3-ubyte} and
 * {@code t10k-labels-idx1-ubyte}; a dot may stand before {@code idx}, and {@code .gz} at the end. Where only the
 * {@code t10k} pair is present, its first four fifths (8,000 of 10,000) are the train set and the rest (2,000) the test
 * set, and the names of the sets say so.
 *
 * <p>Source: LeCun, Cortes, Burges, "The MNIST database of handwritten digits". Known gaps: by the same source the
 * first 5,000 test digits are easier than the last 5,000, so results on the split of {@code t10k} are not comparable
 * with published ones.
 */
public final class MnistIdx {
    private static final List<String> DIGITS =
            IntStream.range(0, 10).mapToObj(String::valueOf).toList();

    private MnistIdx() {}

    /**
     * Reads both sets.
     *
     * @param directory holds the files
     * @throws DataException if files are missing, damaged or of another format
     */
    public static DataSplit open(Path directory) {
        if (!Files.isDirectory(directory)) {
            throw new DataException(
                    "mnist: " + directory + " is not a directory; give the one that holds t10k-images-idx3-ubyte");
        }
        boolean hasTrain = find(directory, "train", "images").isPresent()
                || find(directory, "train", "labels").isPresent();
        HeapShare heap = HeapShare.ofThisJvm();
        ByteImages test = read(directory, "t10k", "MNIST test", heap);
        if (hasTrain) {
            return new DataSplit(read(directory, "train", "MNIST train", heap), test);
        }
        int size = test.size();
        int cut = (int) (size * 4L / 5);
        if (cut == 0) {
            throw new DataException("mnist: " + directory + " holds " + size
                    + " test image and no train set, too few to split; add the train files");
        }
        return new DataSplit(
                test.slice("MNIST t10k, first " + cut + " of " + size, 0, cut),
                test.slice("MNIST t10k, last " + (size - cut) + " of " + size, cut, size));
    }

    private static ByteImages read(Path directory, String part, String name, HeapShare heap) {
        Path labelFile = require(directory, part, "labels");
        Path imageFile = require(directory, part, "images");
        byte[] labelBytes = IdxFile.labels(labelFile, heap);
        IdxFile.Images images = IdxFile.images(imageFile, heap);
        if (images.rows().size() != labelBytes.length) {
            throw new DataException(imageFile + " holds " + images.rows().size() + " images, " + labelFile + " "
                    + labelBytes.length + " labels; the two must be of one set");
        }
        int[] labels = new int[labelBytes.length];
        for (int i = 0; i < labels.length; i++) {
            labels[i] = labelBytes[i] & 0xff;
            if (labels[i] >= DIGITS.size()) {
                throw new DataException(labelFile + ": label " + i + " is " + labels[i]
                        + ", must be from 0 to 9; is it the label file of another set?");
            }
        }
        ImageShape shape = new ImageShape(images.height(), images.width(), 1);
        return new ByteImages(name, shape, DIGITS, images.rows().toArray(byte[][]::new), labels);
    }

    private static Path require(Path directory, String part, String kind) {
        return find(directory, part, kind)
                .orElseThrow(() -> new DataException("mnist: " + directory + " has no " + fileName(part, kind, '-')
                        + ", with or without .gz; add it, or give another directory"));
    }

    private static Optional<Path> find(Path directory, String part, String kind) {
        return List.of('-', '.').stream()
                .map(separator -> fileName(part, kind, separator))
                .flatMap(name -> List.of(name, name + ".gz").stream())
                .map(directory::resolve)
                .filter(Files::isRegularFile)
                .findFirst();
    }

    private static String fileName(String part, String kind, char separator) {
        return part + "-" + kind + separator + (kind.equals("images") ? "idx3" : "idx1") + "-ubyte";
    }
}
