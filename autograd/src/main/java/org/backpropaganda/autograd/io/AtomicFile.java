package org.backpropaganda.autograd.io;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.UUID;

/**
 * Writes a file beside its place and moves it there when all of it is on the disk: at any moment the name stands for the
 * last complete file. What a killed process left beside it goes with the next write. Writers that meet at one file
 * leave one of their files whole; the others fail.
 */
final class AtomicFile {
    private static final String SUFFIX = ".partial";

    private AtomicFile() {}

    /** What is written. */
    interface Content {
        void write(FileChannel channel) throws IOException;
    }

    static void write(Path file, Content content) throws IOException {
        Path target = file.toAbsolutePath();
        Path directory = target.getParent();
        if (directory == null || Files.isDirectory(target)) {
            throw new IOException(file + ": is a directory, no file to write");
        }
        String prefix = "." + target.getFileName() + ".";
        clear(directory, prefix);
        Path partial = directory.resolve(prefix + UUID.randomUUID() + SUFFIX);
        try {
            try (FileChannel channel =
                    FileChannel.open(partial, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
                content.write(channel);
                channel.force(true);
            }
            Files.move(partial, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
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

    /** Writes all that remains. */
    static void writeFully(FileChannel channel, ByteBuffer bytes) throws IOException {
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
    }
}
