package org.backpropaganda.experiments.data;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Reads CIFAR-10 in the official binary version: {@code data_batch_1.bin} and so on to train, {@code test_batch.bin} to
 * test on, and, where present, {@code batches.meta.txt} for the names of the classes.
 *
 * <p>The files lie in a directory, in its folder {@code cifar-10-batches-bin}, or in a {@code .tar.gz} or {@code .zip}
 * archive. Any number of train files is read, each of any number of records; see {@link CifarRecords} for their layout.
 *
 * <p>Source: Krizhevsky 2009, "Learning Multiple Layers of Features from Tiny Images", and its download page.
 */
public final class Cifar10Binary {
    private static final List<String> ARCHIVES = List.of("cifar-10-binary.tar.gz", "cifar-10-binary.zip");
    private static final String FOLDER = "cifar-10-batches-bin";

    private Cifar10Binary() {}

    /**
     * Reads both sets.
     *
     * @param path the directory of the files, of their folder or of an archive {@code cifar-10-binary.tar.gz} or
     *     {@code cifar-10-binary.zip}; or the archive itself, under any name
     * @throws DataException if files are missing or damaged
     */
    public static DataSplit open(Path path) {
        Path source = find(path)
                .orElseThrow(() -> new DataException("cifar10: " + path + " has no data_batch_*.bin files, no folder "
                        + FOLDER + " and none of the archives " + ARCHIVES + "; give the directory that does"));
        CifarRecords records = new CifarRecords(source, HeapShare.ofThisJvm());
        try {
            if (Files.isRegularFile(source) && !source.toString().endsWith(".zip")) {
                TarGz.visit(source, records::read);
            } else {
                readTree(source, records);
            }
        } catch (IOException e) {
            throw DataException.unreadable(source, e);
        }
        return records.split();
    }

    static boolean isPresent(Path path) {
        return find(path).isPresent();
    }

    private static void readTree(Path source, CifarRecords records) throws IOException {
        try (FileTree tree = FileTree.open(source, Files.isDirectory(source) ? 1 : Integer.MAX_VALUE)) {
            for (String name : tree.names()) {
                try (var content = tree.open(name)) {
                    records.read(name, content);
                }
            }
        }
    }

    /** The directory that holds binary files, or else the archive. */
    private static Optional<Path> find(Path path) {
        if (Files.isRegularFile(path)) {
            return Optional.of(path);
        }
        Optional<Path> directory = Stream.of(path, path.resolve(FOLDER))
                .filter(Cifar10Binary::holdsBatches)
                .findFirst();
        return directory.or(() -> ARCHIVES.stream()
                .map(path::resolve)
                .filter(Files::isRegularFile)
                .findFirst());
    }

    private static boolean holdsBatches(Path directory) {
        if (!Files.isDirectory(directory)) {
            return false;
        }
        try (Stream<Path> files = Files.list(directory)) {
            return files.anyMatch(
                    file -> CifarRecords.isBatch(file.getFileName().toString()));
        } catch (IOException e) {
            throw DataException.unreadable(directory, e);
        }
    }
}
