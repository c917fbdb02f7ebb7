package org.backpropaganda.experiments.sequence;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.backpropaganda.experiments.UserException;
import org.backpropaganda.experiments.run.StateFile;
import org.backpropaganda.synthetic.recurrent.RecurrentMethod;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class SequenceRunTest {

    static Stream<RecurrentMethod> methods() {
        return RecurrentMethod.NAMES.stream().map(RecurrentMethod::named);
    }

    private static SequenceSettings settings(RecurrentMethod method, int batch, int width) {
        return new SequenceSettings(CopyTask.COPY, method, 3, batch, width, 1e-2, 1e-2, 1, 1);
    }

    private static void train(SequenceSettings settings, Path file, long steps) {
        try (SequenceRun run = new SequenceRun(settings, new StateFile(file, settings.words()))) {
            run.train(steps, 1000, at -> {});
        }
    }

    /** Steps end in the middle of sequences. */
    @ParameterizedTest
    @MethodSource("methods")
    void aRunThatGoesOnEndsWithTheBytesOfOneThatNeverStopped(RecurrentMethod method, @TempDir Path directory)
            throws IOException {
        SequenceSettings settings = settings(method, 2, 3);
        Path whole = directory.resolve("whole");
        Path stopped = directory.resolve("stopped");
        train(settings, whole, 50);
        train(settings, stopped, 5);
        train(settings, stopped, 24);
        train(settings, stopped, 50);
        assertThat(Files.readAllBytes(stopped)).isEqualTo(Files.readAllBytes(whole));
    }

    @Test
    void aStateOfOtherSettingsIsRefused(@TempDir Path directory) {
        Path file = directory.resolve("state");
        train(settings(RecurrentMethod.dni(), 2, 3), file, 2);
        SequenceSettings other = settings(RecurrentMethod.bptt(), 2, 3);
        assertThatThrownBy(() -> train(other, file, 4))
                .isInstanceOf(UserException.class)
                .hasMessageContaining("is the state of a run with method RecurrentMethod[name=dni");
    }

    @Test
    void anLstmLearnsToCopyASymbol() {
        SequenceSettings settings =
                new SequenceSettings(CopyTask.COPY, RecurrentMethod.dni(), 5, 32, 32, 3e-3, 3e-3, 1, 1);
        try (SequenceRun run = new SequenceRun(settings, null)) {
            run.train(500, 1, at -> {});
            assertThat(run.solved()).isNotNull();
            assertThat(run.level().symbols()).isGreaterThan(1);
        }
    }

    @Test
    void tracesThatAreTooLargeAreRefused() {
        assertThatThrownBy(() -> new SequenceRun(settings(RecurrentMethod.bpLambda(1), 64, 256), null))
                .isInstanceOf(UserException.class)
                .hasMessageContaining("bp-lambda: the traces of 64 examples");
    }
}
