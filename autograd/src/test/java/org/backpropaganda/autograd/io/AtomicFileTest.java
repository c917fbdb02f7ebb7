package org.backpropaganda.autograd.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AtomicFileTest {
    @TempDir
    private Path directory;

    private static AtomicFile.Content content(int value) {
        return channel -> AtomicFile.writeFully(channel, ByteBuffer.wrap(new byte[] {(byte) value}));
    }

    @Test
    void replacesTheWholeFile() throws IOException {
        Path file = directory.resolve("a");
        AtomicFile.write(file, content(1));
        AtomicFile.write(file, content(2));
        assertThat(file).hasBinaryContent(new byte[] {2});
        assertThat(directory).isDirectoryContaining("glob:**/a");
        assertThat(directory.toFile().list()).containsExactly("a");
    }

    @Test
    void aFailureLeavesTheLastFileAndNothingElse() throws IOException {
        Path file = directory.resolve("a");
        AtomicFile.write(file, content(1));
        assertThatThrownBy(() -> AtomicFile.write(file, channel -> {
                    content(2).write(channel);
                    throw new IOException("disk full");
                }))
                .hasMessage("disk full");
        assertThat(file).hasBinaryContent(new byte[] {1});
        assertThat(directory.toFile().list()).containsExactly("a");
    }

    @Test
    void clearsWhatAKilledWriterLeftOfThisFileOnly() throws IOException {
        Path mine = Files.createFile(directory.resolve(".a." + UUID.randomUUID() + ".partial"));
        Path other = Files.createFile(directory.resolve(".a.b." + UUID.randomUUID() + ".partial"));
        AtomicFile.write(directory.resolve("a"), content(1));
        assertThat(mine).doesNotExist();
        assertThat(other).exists();
    }

    @Test
    void aDirectoryIsNoFile() {
        assertThatThrownBy(() -> AtomicFile.write(directory, content(1)))
                .isInstanceOf(IOException.class)
                .hasMessageContainingAll(directory.toString(), "directory");
    }
}
