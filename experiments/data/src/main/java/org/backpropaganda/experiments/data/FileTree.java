package org.backpropaganda.experiments.data;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitOption;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipFile;
import org.backpropaganda.experiments.Words;

/**
 * The files below a directory or inside a zip file, read through names relative to it and separated by {@code /}.
 *
 * <p>Hidden files (dot files), {@code __MACOSX}, {@code Thumbs.db} and {@code desktop.ini} are left out. Safe for use
 * by several threads.
 */
abstract class FileTree implements Closeable {
    static final int MAX_FILE_BYTES = 64 << 20;

    final Path root;

    private FileTree(Path root) {
        this.root = root;
    }

    /**
     * Opens a directory, to a depth of {@code depth} folders, or a zip file.
     *
     * @throws DataException if it is neither, or is damaged
     */
    static FileTree open(Path root, int depth) {
        try {
            return Files.isDirectory(root) ? new Directory(root, depth) : new Zip(root);
        } catch (ZipException | IllegalArgumentException e) {
            throw new DataException(
                    root + ": is neither a directory nor a whole zip file (" + Words.reason(e) + "); fetch it again",
                    e);
        } catch (IOException | UncheckedIOException e) {
            throw DataException.unreadable(root, e);
        }
    }

    /** The names of all files, sorted. */
    abstract List<String> names();

    /** The content of one of {@link #names()}; the caller closes it. */
    abstract InputStream open(String name) throws IOException;

    /** Where a file is, for messages. */
    String where(String name) {
        return root + "/" + Words.name(name);
    }

    /**
     * The whole content of one file.
     *
     * @throws DataException if it cannot be read, or has over 64 MiB
     */
    byte[] read(String name) {
        try (InputStream in = open(name)) {
            byte[] bytes = in.readNBytes(MAX_FILE_BYTES + 1);
            if (bytes.length > MAX_FILE_BYTES) {
                throw new DataException(where(name) + ": has more than " + MAX_FILE_BYTES
                        + " bytes, the most that an image file may have; remove it or make it smaller");
            }
            return bytes;
        } catch (IOException e) {
            throw new DataException(where(name) + ": cannot be read (" + Words.reason(e) + "); fetch it again", e);
        }
    }

    @Override
    public abstract void close();

    private static boolean isWanted(String name) {
        for (String part : name.split("/", -1)) {
            String lower = part.toLowerCase(Locale.ROOT);
            if (part.startsWith(".")
                    || part.equals("__MACOSX")
                    || lower.equals("thumbs.db")
                    || lower.equals("desktop.ini")) {
                return false;
            }
        }
        return true;
    }

    private static final class Directory extends FileTree {
        private final NavigableMap<String, Path> files = new TreeMap<>();

        Directory(Path root, int depth) throws IOException {
            super(root);
            try (Stream<Path> found = Files.walk(root, depth, FileVisitOption.FOLLOW_LINKS)) {
                found.filter(Files::isRegularFile).forEach(this::add);
            }
        }

        private void add(Path file) {
            Path inside = root.relativize(file);
            String name = inside.toString().replace('\\', '/');
            if (!isWanted(name)) {
                return;
            }
            if (Words.isGarbled(inside)) {
                throw new DataException(
                        where(name)
                                + ": has a name that this locale has no characters for; set LC_ALL to one that has, as C.UTF-8");
            }
            files.put(name, file);
        }

        @Override
        List<String> names() {
            return List.copyOf(files.keySet());
        }

        @Override
        InputStream open(String name) throws IOException {
            Path file = files.get(name);
            if (file == null) {
                throw new IOException("no such file");
            }
            return Files.newInputStream(file);
        }

        @Override
        public void close() {}
    }

    private static final class Zip extends FileTree {
        private final ZipFile zip;
        private final NavigableMap<String, ZipEntry> entries = new TreeMap<>();

        Zip(Path root) throws IOException {
            super(root);
            zip = new ZipFile(root.toFile());
            for (ZipEntry entry : Collections.list(zip.entries())) {
                String name = entry.getName().replace('\\', '/');
                if (!entry.isDirectory() && isWanted(name)) {
                    entries.put(name, entry);
                }
            }
        }

        @Override
        List<String> names() {
            return List.copyOf(entries.keySet());
        }

        @Override
        InputStream open(String name) throws IOException {
            ZipEntry entry = entries.get(name);
            InputStream in = entry == null ? null : zip.getInputStream(entry);
            if (in == null) {
                throw new IOException("no such entry");
            }
            return in;
        }

        @Override
        public void close() {
            try {
                zip.close();
            } catch (IOException e) {
                throw DataException.unreadable(root, e);
            }
        }
    }
}
