package org.backpropaganda.experiments.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WorkDirectoryTest {
    private static final String PREFIX = "backprop";

    @TempDir
    private Path directory;

    /** Another process, which holds a work directory until it is ended. */
    static final class Holder {
        private Holder() {}

        /** Makes one in the directory of the first argument and says where. */
        public static void main(String[] arguments) throws Exception {
            WorkDirectory work = WorkDirectory.in(Path.of(arguments[0]), PREFIX);
            Files.createFile(work.path().resolve("result"));
            System.out.println(work.path());
            TimeUnit.MINUTES.sleep(5);
        }
    }

    private record Running(Process process, Path work) implements AutoCloseable {
        @Override
        public void close() {
            process.destroyForcibly().onExit().join();
        }
    }

    private Running holder() throws IOException {
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx64m",
                        "-cp",
                        System.getProperty("java.class.path"),
                        Holder.class.getName(),
                        directory.toString())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        BufferedReader reader = process.inputReader(StandardCharsets.UTF_8);
        String line = reader.readLine();
        if (line == null) {
            throw new UncheckedIOException(new IOException("the other process said nothing"));
        }
        return new Running(process, Path.of(line));
    }

    @Test
    void goesWithItsOwner() throws IOException {
        try (WorkDirectory work = WorkDirectory.in(directory, PREFIX)) {
            Files.createDirectories(work.path().resolve("deep/deeper"));
            Files.createFile(work.path().resolve("zzz"));
            assertThat(work.path()).isDirectory();
        }
        assertThat(directory).isEmptyDirectory();
    }

    @Test
    void whatAKilledProcessLeftGoesWithTheNext() throws IOException {
        Path left;
        try (Running killed = holder()) {
            left = killed.work();
        }
        assertThat(left.resolve("result")).exists();
        WorkDirectory.in(directory, PREFIX).close();
        assertThat(directory).isEmptyDirectory();
    }

    @Test
    void anInterruptedProcessLeavesNothing() throws IOException, InterruptedException {
        try (Running interrupted = holder()) {
            new ProcessBuilder(
                            "kill", "-INT", Long.toString(interrupted.process().pid()))
                    .start()
                    .waitFor();
            assertThat(interrupted.process().waitFor(60, TimeUnit.SECONDS)).isTrue();
        }
        assertThat(directory).isEmptyDirectory();
    }

    @Test
    void whatRunsAndWhatIsNotOursStays() throws IOException {
        Path foreign = Files.createDirectory(directory.resolve(PREFIX + "aganda"));
        Path file = Files.createFile(directory.resolve(PREFIX + ".txt"));
        Path linked = Files.createDirectory(directory.resolve("elsewhere"));
        Files.createFile(linked.resolve("owner.lock"));
        Path link = Files.createSymbolicLink(directory.resolve(PREFIX + "-link"), linked);
        try (WorkDirectory mine = WorkDirectory.in(directory, PREFIX);
                Running other = holder()) {
            try (WorkDirectory next = WorkDirectory.in(directory, PREFIX)) {
                assertThat(next.path()).isDirectory();
                assertThat(mine.path()).isDirectory();
                assertThat(other.work().resolve("result")).exists();
            }
            // Nothing that this process did has freed the lock that it holds itself.
            try (Running third = holder()) {
                assertThat(mine.path()).isDirectory();
                assertThat(third.work()).isDirectory();
                assertThat(other.work()).isDirectory();
            }
        }
        assertThat(foreign).exists();
        assertThat(file).exists();
        assertThat(link).exists();
        assertThat(linked.resolve("owner.lock")).exists();
    }

    @Test
    void whatIsKeptStays() throws IOException {
        Path kept;
        try (WorkDirectory work = WorkDirectory.in(directory, PREFIX)) {
            kept = Files.createFile(work.path().resolve("result"));
            work.keep();
        }
        WorkDirectory.in(directory, PREFIX).close();
        assertThat(kept).exists();
    }
}
