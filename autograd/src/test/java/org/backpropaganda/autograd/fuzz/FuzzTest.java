package org.backpropaganda.autograd.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import org.backpropaganda.autograd.testkit.TestSeed;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Random windows, shapes and values of convolutions, poolings, norms and recurrent layers, {@code FLOAT} against {@code
 * DOUBLE}, output and gradients. {@code -Dtests.fuzz.seconds=600} runs for so long, from {@code -Dtests.seed} on.
 */
class FuzzTest {
    private static final long CASES = 400;

    @TempDir
    private Path directory;

    @Test
    void floatIsCloseToDoubleWhateverTheShapes() throws IOException, InterruptedException {
        Integer seconds = Integer.getInteger("tests.fuzz.seconds");
        ChildJvm run = ChildJvm.run(
                FuzzRun.class,
                directory,
                Long.toString(TestSeed.get()),
                Long.toString(seconds == null ? CASES : Long.MAX_VALUE),
                Long.toString(seconds == null ? Integer.MAX_VALUE : seconds));
        assertThat(run.lines()).as("no case was run").isNotEmpty();
        String last = run.lines().get(run.lines().size() - 1);
        assertThat(run.lines())
                .filteredOn(line -> line.startsWith(FuzzRun.FAILED))
                .isEmpty();
        assertThat(run.exitCode())
                .as("native code ended the process in FLOAT or DOUBLE, %s", last)
                .isZero();
        assertThat(last).startsWith(FuzzRun.DONE);
    }
}
