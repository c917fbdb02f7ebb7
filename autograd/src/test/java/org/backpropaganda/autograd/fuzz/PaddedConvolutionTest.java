package org.backpropaganda.autograd.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** In processes of their own, which a fault of native code would end. */
class PaddedConvolutionTest {
    @TempDir
    private Path directory;

    static List<PaddedConvolutions.Case> whereWindowsSeeNothingButPaddingTheOutputIsTheBias() {
        return PaddedConvolutions.CASES;
    }

    @ParameterizedTest
    @MethodSource
    void whereWindowsSeeNothingButPaddingTheOutputIsTheBias(PaddedConvolutions.Case c)
            throws IOException, InterruptedException {
        ChildJvm run = ChildJvm.run(
                PaddedConvolutions.class, directory, Integer.toString(PaddedConvolutions.CASES.indexOf(c)));
        assertThat(run.lines()).as("exit code %d", run.exitCode()).containsExactly(PaddedConvolutions.expected(c));
        assertThat(run.exitCode()).isZero();
    }
}
