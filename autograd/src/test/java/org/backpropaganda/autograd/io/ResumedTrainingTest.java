package org.backpropaganda.autograd.io;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.backpropaganda.autograd.testkit.TestSeed;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * A run that is killed over and over, in training and in saving, ends with every bit of one that was left alone: the
 * files hold weights, statistics, optimizer state, averages and the losses of all steps.
 */
class ResumedTrainingTest {
    private static final int KILLS = 20;

    /** Lines that a child prints for two steps and the save behind them. */
    private static final int LINES = 4;

    @TempDir
    private Path directory;

    @Test
    @Timeout(value = 300, unit = TimeUnit.SECONDS)
    void aRunKilledAgainAndAgainEndsWithTheBitsOfOneThatWasNot() throws IOException, InterruptedException {
        Path straight = directory.resolve("straight.state");
        Path killed = directory.resolve("killed.state");
        Process untouched = start(straight);
        List<String> lastWords = new ArrayList<>();
        SplittableRandom random = new SplittableRandom(TestSeed.get());
        for (int kill = 0; kill < KILLS; kill++) {
            // Every second one dies as soon as it says that it saves.
            int lines = kill % 2 == 0 ? 3 : 1 + random.nextInt(2 * LINES);
            lastWords.add(killedAfter(lines, start(killed)));
        }
        assertThat(lastWords).as("what killed children were about").contains("step", "saving");

        assertThat(end(start(killed))).isZero();
        assertThat(end(untouched)).isZero();
        assertThat(killed).hasSameBinaryContentAs(straight);
        assertThat(directory.toFile().list()).containsExactlyInAnyOrder("straight.state", "killed.state");
    }

    /** Kills a child that has printed so many lines, or has come to its end, and returns the last it printed. */
    private static String killedAfter(int lines, Process child) throws IOException, InterruptedException {
        String last = "";
        try (BufferedReader said = child.inputReader(StandardCharsets.US_ASCII)) {
            int read = 0;
            for (String line = said.readLine(); line != null; line = said.readLine()) {
                last = line;
                read++;
                if (read == lines) {
                    // Through its handle, which leaves the pipe open for what it still said.
                    child.toHandle().destroyForcibly();
                }
            }
        } finally {
            child.destroyForcibly();
        }
        child.waitFor();
        return last;
    }

    private static int end(Process child) throws IOException, InterruptedException {
        try (BufferedReader said = child.inputReader(StandardCharsets.US_ASCII)) {
            said.lines().forEach(line -> {});
        }
        return child.waitFor();
    }

    private static Process start(Path file) throws IOException {
        return new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx128m",
                        "-XX:TieredStopAtLevel=1",
                        "-XX:+UseSerialGC",
                        "-cp",
                        System.getProperty("java.class.path"),
                        ResumableRun.class.getName(),
                        file.toString())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
    }
}
