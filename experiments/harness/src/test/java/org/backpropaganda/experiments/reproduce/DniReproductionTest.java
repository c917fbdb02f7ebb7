package org.backpropaganda.experiments.reproduce;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import org.backpropaganda.experiments.UserException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DniReproductionTest {
    @TempDir
    private Path directory;

    private Reproduction.Training training(int steps, Path states) {
        return new Reproduction.Training("synthetic", null, steps, 1, 1, states);
    }

    private double error(int steps, Path states) {
        return error("decoupled", steps, states);
    }

    private double error(String strategy, int steps, Path states) {
        return new DniTraining("dni-fcn", 3, strategy, 1, training(steps, states))
                .run((step, of) -> assertThat(step).isLessThanOrEqualTo(of))
                .error();
    }

    /** Of ten classes, guesses would be wrong nine times. */
    @Test
    void learns() {
        assertThat(error("plain", 60, null)).isLessThan(0.65);
    }

    /** A run that has its state is not made again, and another one is refused. */
    @Test
    void goesOnFromItsState() throws Exception {
        Path states = directory.resolve("states");
        double whole = error(60, states);
        Path state = states.resolve("dni-fcn-3-decoupled-1.state");
        byte[] end = Files.readAllBytes(state);
        int[] made = new int[1];
        double again = new DniTraining("dni-fcn", 3, "decoupled", 1, training(60, states))
                .run((step, of) -> made[0]++)
                .error();
        assertThat(again).isEqualTo(whole);
        assertThat(made[0]).isZero();
        assertThat(Files.readAllBytes(state)).isEqualTo(end);
        assertThatThrownBy(() -> error(70, states))
                .isInstanceOf(UserException.class)
                .hasMessageContaining("is the state of another run");
    }

    /** Stopped behind its first state, it ends with the bits of a run that was not. */
    @Test
    void aStoppedRunEndsAsOneThatWasNot() throws Exception {
        Path whole = directory.resolve("whole");
        error(60, whole);
        Path stopped = directory.resolve("stopped");
        DniTraining training = new DniTraining("dni-fcn", 3, "decoupled", 1, training(60, stopped));
        assertThatThrownBy(() -> training.run((step, of) -> {
                    if (step == 55) {
                        throw new IllegalStateException("stopped");
                    }
                }))
                .hasMessage("stopped");
        int[] first = new int[1];
        training.run((step, of) -> first[0] = first[0] == 0 ? step : first[0]);
        assertThat(first[0]).isEqualTo(51);
        String name = "dni-fcn-3-decoupled-1.state";
        assertThat(Files.readAllBytes(stopped.resolve(name))).isEqualTo(Files.readAllBytes(whole.resolve(name)));
    }

    @Test
    void thePartsHaveThePublishedErrors() {
        assertThat(new DniReproduction().figures()).isEmpty();
        assertThat(new DniReproduction().parts())
                .extracting(Reproduction.Part::name)
                .contains("mnist", "cifar");
        assertThat(DniImages.mnist().rows()).extracting(DniImages.Row::layers).containsExactly(3, 6);
        assertThat(DniImages.mnist().rows().get(1).published()).containsExactly("1.8", "4.3", "1.6");
        assertThat(DniImages.cifar().rows().get(0).published()).containsExactly("17.9", "19.5", "19.0");
    }
}
