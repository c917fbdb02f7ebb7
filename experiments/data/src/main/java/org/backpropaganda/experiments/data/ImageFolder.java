package org.backpropaganda.experiments.data;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * Reads images that lie in one folder a class, one JPEG or PNG file an image, in a directory or a zip file.
 *
 * <p>Classes are sorted by name and labelled in that order, images by file name within their class. All images must
 * have one size. They become RGB, grey ones with three equal channels, and are decoded at once into bytes,
 * {@code 3 · H · W} each. See {@link ImageDecoder} for colours and {@link FileTree} for what is passed over.
 */
public final class ImageFolder {
    private static final int MAX_THREADS = 8;
    private static final int CHUNK = 256;
    private static final int DEPTH = 4;

    private ImageFolder() {}

    /**
     * Reads {@code train} and {@code test} of a directory, each a folder or, failing that, a zip file
     * ({@code train.zip}).
     *
     * @throws DataException if one is missing, cannot be read, or the two differ in classes or image size
     */
    public static DataSplit open(Path directory) {
        Path train = part(directory, "train");
        Path test = part(directory, "test");
        HeapShare heap = HeapShare.ofThisJvm();
        return new DataSplit(read(train, heap), read(test, heap));
    }

    /**
     * Reads one set.
     *
     * @param root a directory or a zip file that holds the class folders, at its top or inside one top folder
     * @throws DataException if there are no images, files of another kind among them, images of different sizes, or
     *     images that cannot be decoded
     */
    public static Dataset read(Path root) {
        return read(root, HeapShare.ofThisJvm());
    }

    static Dataset read(Path root, HeapShare heap) {
        if (!Files.exists(root)) {
            throw new DataException(root + ": does not exist; give a directory or zip file with one folder a class");
        }
        try (FileTree tree = FileTree.open(root, DEPTH)) {
            ClassFolders folders = ClassFolders.of(root, tree.names());
            List<String> files = folders.files();
            ImageShape shape = ImageDecoder.shape(tree.where(files.get(0)), tree.read(files.get(0)));
            heap.take(root, files.size(), shape.values());
            byte[][] images = decode(tree, files, shape, heap.left());
            return new ByteImages(name(root), shape, folders.classNames(), images, folders.labels());
        }
    }

    /** The last two parts of a path, as {@code cifar10/train.zip}. */
    private static String name(Path root) {
        Path whole = root.toAbsolutePath().normalize();
        int parts = whole.getNameCount();
        return whole.subpath(Math.max(0, parts - 2), parts).toString().replace('\\', '/');
    }

    static boolean isPresent(Path directory) {
        return exists(directory, "train") || exists(directory, "test");
    }

    private static boolean exists(Path directory, String part) {
        return Files.isDirectory(directory.resolve(part)) || Files.isRegularFile(directory.resolve(part + ".zip"));
    }

    private static Path part(Path directory, String part) {
        if (!exists(directory, part)) {
            throw new DataException(directory + ": has neither a folder " + part + " nor a file " + part
                    + ".zip; add one that holds one folder a class");
        }
        Path folder = directory.resolve(part);
        return Files.isDirectory(folder) ? folder : directory.resolve(part + ".zip");
    }

    /** Decodes in parallel, by as many threads as there is room for; whichever thread fails first, the error is that of the first bad file. */
    private static byte[][] decode(FileTree tree, List<String> files, ImageShape shape, long heapBytes) {
        byte[][] images = new byte[files.size()][];
        List<Callable<Void>> chunks = new ArrayList<>();
        for (int from = 0; from < images.length; from += CHUNK) {
            int first = from;
            int end = Math.min(images.length, from + CHUNK);
            chunks.add(() -> {
                for (int i = first; i < end; i++) {
                    String file = files.get(i);
                    images[i] = ImageDecoder.rgb(tree.where(file), tree.read(file), shape);
                }
                return null;
            });
        }
        long room = Math.max(1, heapBytes / ImageDecoder.workingBytes(shape));
        int threads =
                (int) Math.min(room, Math.min(MAX_THREADS, Runtime.getRuntime().availableProcessors()));
        ExecutorService pool = Executors.newFixedThreadPool(Math.min(threads, chunks.size()));
        try {
            for (Future<Void> chunk : pool.invokeAll(chunks)) {
                chunk.get();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new DataException("reading images was interrupted; start again", e);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof DataException known) {
                throw known;
            }
            if (e.getCause() instanceof OutOfMemoryError) {
                throw new DataException(
                        tree.root + ": memory ran out while its images of " + shape
                                + " were decoded; use fewer or smaller images, or raise -Xmx",
                        e);
            }
            throw new IllegalStateException("decoding an image failed unexpectedly", e.getCause());
        } finally {
            pool.shutdownNow();
        }
        return images;
    }
}
