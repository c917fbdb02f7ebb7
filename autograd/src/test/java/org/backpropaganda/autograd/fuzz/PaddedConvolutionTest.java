package org.backpropaganda.autograd.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** In a process of its own, which a fault of native code would end. */
class PaddedConvolutionTest {
    @TempDir
    private Path directory;

    @Test
    void whereWindowsSeeNothingButPaddingTheOutputIsTheBias() throws IOException, InterruptedException {
        ChildJvm run = ChildJvm.run(PaddedConvolutions.class, directory);
        assertThat(run.lines()).as("exit code %d", run.exitCode()).isEqualTo(PaddedConvolutions.expected());
        assertThat(run.exitCode()).isZero();
    }
}
