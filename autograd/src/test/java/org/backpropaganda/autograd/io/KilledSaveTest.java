package org.backpropaganda.autograd.io;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.backpropaganda.autograd.testkit.TestSeed;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

class KilledSaveTest {
    private static final int KILLS = 20;

    @TempDir
    private Path directory;

    @Test
    @Timeout(value = 120, unit = TimeUnit.SECONDS)
    void aStateThatLoadsStandsAfterEveryKill() throws IOException, InterruptedException {
        Path file = directory.resolve("run.state");
        SplittableRandom random = new SplittableRandom(TestSeed.get());
        long last = 0;
        try (Run run = SaveLoop.run()) {
            for (int kill = 0; kill < KILLS; kill++) {
                Process child = start(file, last + 1);
                try (var lines = child.inputReader(StandardCharsets.US_ASCII)) {
                    assertThat(lines.readLine()).isEqualTo(Long.toString(last + 1));
                    TimeUnit.MICROSECONDS.sleep(random.nextLong(20_000));
                } finally {
                    child.destroyForcibly();
                }
                assertThat(child.waitFor(10, TimeUnit.SECONDS)).isTrue();

                Progress progress = run.state().load(file);
                assertThat(progress.step()).as("kill %d", kill).isGreaterThan(last);
                last = progress.step();
                for (var tensor : Weights.of(run.model).values()) {
                    assertThat(tensor.toDoubles()).containsOnly((double) last);
                }
                for (var slot : run.optimizer.state().slots().values()) {
                    assertThat(slot.steps()).isEqualTo(last);
                    assertThat(slot.tensors().get(0).toDoubles()).containsOnly((double) last);
                }
            }
        }
    }

    private static Process start(Path file, long firstStep) throws IOException {
        return new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx128m",
                        "-XX:TieredStopAtLevel=1",
                        "-XX:+UseSerialGC",
                        "-cp",
                        System.getProperty("java.class.path"),
                        SaveLoop.class.getName(),
                        file.toString(),
                        Long.toString(firstStep))
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
    }
}
