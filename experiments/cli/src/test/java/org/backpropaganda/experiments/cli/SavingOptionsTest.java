package org.backpropaganda.experiments.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is asked for beside strategies that decide what becomes of saved tensors, and cannot be. */
class SavingOptionsTest {
    private static final Path IN_MEMORY = Path.of("/dev/shm");

    private static void assertRefused(Said said, String sentence) {
        assertThat(said.code()).isEqualTo(2);
        assertThat(said.err()).startsWith("backprop: ").contains(sentence).hasLineCount(1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"compare --strategies cheap", "summary", "gradcheck", "bisect"})
    void aDirectoryThatNobodyWritesToIsRefused(String command, @TempDir Path directory) {
        String[] words = (command + " --offload-dir " + directory).split(" ", -1);
        assertRefused(Said.by(words), "offload-dir is for the strategy offload, and no other writes there");
    }

    @Test
    void aSummaryDoesNotKnowWhatABudgetEvicts() {
        assertRefused(
                Said.by("summary", "--model", "mlp", "--strategy", "evict:200MiB"),
                "strategy evict:200MiB evicts by what all of a run holds");
    }

    @Test
    void aDirectoryInMemoryIsRefused() {
        assumeThat(Files.isDirectory(IN_MEMORY)).as("a directory in memory").isTrue();
        assertRefused(
                Said.by("summary", "--model", "mlp", "--strategy", "offload", "--offload-dir", IN_MEMORY.toString()),
                "tmpfs");
    }

    @Test
    void aDirectoryThatIsNotThereIsRefused(@TempDir Path directory) {
        assertRefused(
                Said.by(
                        "summary",
                        "--model",
                        "mlp",
                        "--strategy",
                        "offload",
                        "--offload-dir",
                        directory.resolve("none").toString()),
                "none");
    }
}
