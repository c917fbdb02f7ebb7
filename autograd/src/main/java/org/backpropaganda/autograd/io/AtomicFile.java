package org.backpropaganda.autograd.io;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.UUID;

/**
 * Writes a file beside its place and moves it there when all of it is on the disk: at any moment the name stands for the
 * last complete file. A name that is a link stays one: the file behind it is replaced. What a killed process left beside a
 * file goes with the next write. Writers that meet at one file leave one of their files whole; the others fail.
 */
final class AtomicFile {
    private static final String SUFFIX = ".partial";

    /** How many links in a row Linux follows. */
    private static final int MOST_LINKS = 40;

    private AtomicFile() {}

    /** What is written. */
    interface Content {
        void write(FileChannel channel) throws IOException;
    }

    static void write(Path file, Content content) throws IOException {
        write(file, 1, content);
    }

    /**
     * Writes a file, and keeps those that were there before under names of their own.
     *
     * @param kept how many files stay: this one, the one before it as {@code NAME.1}, and so on
     */
    static void write(Path file, int kept, Content content) throws IOException {
        Path target = place(file);
        Path directory = directory(target);
        String prefix = prefix(target);
        clear(directory, prefix);
        Path partial = partial(directory, prefix);
        try {
            try (FileChannel channel =
                    FileChannel.open(partial, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
                content.write(channel);
                channel.force(true);
            }
            if (kept > 1 && Files.exists(target)) {
                keep(target, kept);
            }
            replace(partial, target);
        } finally {
            Files.deleteIfExists(partial);
        }
        // A move is on the disk with its directory. Where directories cannot be opened the file system sees to it.
        if (directory.getFileSystem().supportedFileAttributeViews().contains("posix")) {
            try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
                channel.force(true);
            }
        }
    }

    /** Writes beside the place of a file what is taken away again, so that what forbids it shows. */
    static void check(Path file) throws IOException {
        Path target = place(file);
        Path partial = partial(directory(target), prefix(target));
        Files.createFile(partial);
        Files.delete(partial);
    }

    /** Throws if a file is there that cannot be read from end to end, as a pipe, which would be waited for. */
    static void requireRegular(Path file) throws IOException {
        if (Files.exists(file) && !Files.isRegularFile(file)) {
            throw new TensorFileException(
                    file, Files.isDirectory(file) ? "is a directory, no file" : "is no regular file");
        }
    }

    /** Where a name leads through links, the last of which may lead to nothing yet. */
    private static Path place(Path file) throws IOException {
        Path place = file.toAbsolutePath();
        for (int links = 0; Files.isSymbolicLink(place); links++) {
            if (links == MOST_LINKS) {
                throw new FileSystemException(file.toString(), null, "leads through more than 40 links");
            }
            place = place.resolveSibling(Files.readSymbolicLink(place));
        }
        if (Files.isDirectory(place) || place.getFileName() == null) {
            throw new FileSystemException(file.toString(), null, "is a directory, no file to write");
        }
        if (Files.exists(place) && !Files.isRegularFile(place)) {
            throw new FileSystemException(file.toString(), null, "is no regular file, and is not replaced by one");
        }
        return place;
    }

    private static Path directory(Path target) throws IOException {
        Path directory = target.getParent();
        if (directory == null) {
            throw new FileSystemException(target.toString(), null, "is in no directory");
        }
        return directory;
    }

    private static String prefix(Path target) {
        return "." + target.getFileName() + ".";
    }

    private static Path partial(Path directory, String prefix) {
        return directory.resolve(prefix + UUID.randomUUID() + SUFFIX);
    }

    private static void clear(Path directory, String prefix) throws IOException {
        try (DirectoryStream<Path> left = Files.newDirectoryStream(directory, entry -> {
            String name = entry.getFileName().toString();
            // The length tells those of "a" from those of "a.b".
            return name.startsWith(prefix)
                    && name.endsWith(SUFFIX)
                    && name.length() == prefix.length() + 36 + SUFFIX.length();
        })) {
            for (Path partial : left) {
                Files.deleteIfExists(partial);
            }
        }
    }

    /** Renames from the oldest on; the newest gets a second name, so that its own never stands for nothing. */
    private static void keep(Path target, int kept) throws IOException {
        for (int age = kept - 1; age > 1; age--) {
            Path younger = aged(target, age - 1);
            if (Files.exists(younger)) {
                replace(younger, aged(target, age));
            }
        }
        Path copy = partial(directory(target), prefix(target));
        try {
            try {
                Files.createLink(copy, target);
            } catch (UnsupportedOperationException | FileSystemException e) {
                Files.copy(target, copy);
            }
            replace(copy, aged(target, 1));
        } finally {
            // Two names of one file are left alone by a move.
            Files.deleteIfExists(copy);
        }
    }

    private static Path aged(Path target, int age) {
        return target.resolveSibling(target.getFileName() + "." + age);
    }

    private static void replace(Path from, Path to) throws IOException {
        Files.move(from, to, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    /** Writes all that remains. */
    static void writeFully(FileChannel channel, ByteBuffer bytes) throws IOException {
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
    }
}
