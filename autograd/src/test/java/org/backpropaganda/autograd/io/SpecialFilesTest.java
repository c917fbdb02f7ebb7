package org.backpropaganda.autograd.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** Links, pipes and places that forbid writing, and the files that a run keeps. */
@DisabledOnOs(OS.WINDOWS)
class SpecialFilesTest {
    @TempDir
    private Path directory;

    private static AtomicFile.Content content(int value) {
        return channel -> AtomicFile.writeFully(channel, ByteBuffer.wrap(new byte[] {(byte) value}));
    }

    @Test
    void aLinkStaysAndTheFileBehindItIsReplaced() throws IOException {
        Path elsewhere = Files.createDirectory(directory.resolve("elsewhere"));
        Path file = elsewhere.resolve("file");
        AtomicFile.write(file, content(1));
        Path link = Files.createSymbolicLink(directory.resolve("link"), Path.of("elsewhere", "file"));
        Path farther = Files.createSymbolicLink(directory.resolve("farther"), link);
        AtomicFile.write(farther, 2, content(2));
        assertThat(farther).isSymbolicLink().hasBinaryContent(new byte[] {2});
        assertThat(link).isSymbolicLink();
        assertThat(Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)).isTrue();
        assertThat(file).hasBinaryContent(new byte[] {2});
        assertThat(elsewhere.toFile().list()).containsExactlyInAnyOrder("file", "file.1");
        assertThat(directory.toFile().list()).containsExactlyInAnyOrder("elsewhere", "link", "farther");
    }

    @Test
    void aLinkToNothingLeadsToANewFile() throws IOException {
        Path link = Files.createSymbolicLink(directory.resolve("link"), directory.resolve("new"));
        AtomicFile.write(link, content(1));
        assertThat(link).isSymbolicLink();
        assertThat(directory.resolve("new")).hasBinaryContent(new byte[] {1});
    }

    @Test
    void aCircleOfLinksIsRefused() throws IOException {
        Path link = directory.resolve("link");
        Files.createSymbolicLink(link, Path.of("other"));
        Files.createSymbolicLink(directory.resolve("other"), Path.of("link"));
        assertThatThrownBy(() -> AtomicFile.write(link, content(1)))
                .isInstanceOf(IOException.class)
                .hasMessageContainingAll(link.toString(), "links");
    }

    @Test
    void aPipeIsNeitherReadNorReplaced() throws IOException, InterruptedException {
        Path pipe = directory.resolve("pipe");
        assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor())
                .isZero();
        assertTimeoutPreemptively(Duration.ofMinutes(1), () -> {
            assertThatThrownBy(() -> SafeTensors.open(pipe))
                    .isInstanceOf(TensorFileException.class)
                    .hasMessage(pipe + ": is no regular file");
            assertThatThrownBy(() -> Npz.open(pipe))
                    .isInstanceOf(TensorFileException.class)
                    .hasMessage(pipe + ": is no regular file");
            assertThatThrownBy(() -> TrainingState.peek(pipe)).hasMessage(pipe + ": is no regular file");
            assertThatThrownBy(() -> AtomicFile.write(pipe, content(1)))
                    .isInstanceOf(IOException.class)
                    .hasMessageContainingAll(pipe.toString(), "no regular file");
            assertThatThrownBy(() -> TrainingState.checkPlace(pipe)).hasMessageContaining("no regular file");
        });
        assertThat(Files.isRegularFile(pipe)).isFalse();
        assertThat(pipe).exists();
    }

    @Test
    void aDirectoryIsNoTensorFile() {
        assertThatThrownBy(() -> SafeTensors.open(directory))
                .isInstanceOf(TensorFileException.class)
                .hasMessage(directory + ": is a directory, no file");
        assertThatThrownBy(() -> Npz.open(directory)).hasMessage(directory + ": is a directory, no file");
    }

    /** Nobody creates files in /proc, not even its owner. */
    @Test
    void aPlaceIsCheckedWithoutATrace() throws IOException {
        Path file = directory.resolve("a");
        TrainingState.checkPlace(file);
        assertThat(directory).isEmptyDirectory();
        AtomicFile.write(file, content(1));
        TrainingState.checkPlace(file);
        assertThat(file).hasBinaryContent(new byte[] {1});
        assertThat(directory.toFile().list()).containsExactly("a");
        assertThatThrownBy(() -> TrainingState.checkPlace(directory.resolve("no/such/directory")))
                .isInstanceOf(IOException.class);
        assertThatThrownBy(() -> TrainingState.checkPlace(Path.of("/proc/a"))).isInstanceOf(IOException.class);
        assertThatThrownBy(() -> TrainingState.checkPlace(directory)).isInstanceOf(IOException.class);
    }

    @Test
    void theLastFilesAreKept() throws IOException {
        Path file = directory.resolve("a");
        for (int i = 1; i <= 5; i++) {
            AtomicFile.write(file, 3, content(i));
        }
        assertThat(file).hasBinaryContent(new byte[] {5});
        assertThat(directory.resolve("a.1")).hasBinaryContent(new byte[] {4});
        assertThat(directory.resolve("a.2")).hasBinaryContent(new byte[] {3});
        assertThat(directory.toFile().list()).containsExactlyInAnyOrder("a", "a.1", "a.2");
        AtomicFile.write(file, content(6));
        assertThat(directory.resolve("a.1")).hasBinaryContent(new byte[] {4});
        assertThat(directory.toFile().list()).containsExactlyInAnyOrder("a", "a.1", "a.2");
    }

    /** What a killed writer leaves between two renames: both names stand for one file. */
    @Test
    void twoNamesOfOneFileAreNoObstacle() throws IOException {
        Path file = directory.resolve("a");
        AtomicFile.write(file, content(1));
        Files.createLink(directory.resolve("a.1"), file);
        AtomicFile.write(file, 2, content(2));
        assertThat(file).hasBinaryContent(new byte[] {2});
        assertThat(directory.resolve("a.1")).hasBinaryContent(new byte[] {1});
        assertThat(directory.toFile().list()).containsExactlyInAnyOrder("a", "a.1");
    }
}
