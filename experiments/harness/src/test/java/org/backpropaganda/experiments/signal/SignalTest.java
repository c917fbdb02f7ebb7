package org.backpropaganda.experiments.signal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.withinPercentage;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.backpropaganda.experiments.UserException;
import org.backpropaganda.experiments.report.Json;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SignalTest {
    private static final int DEPTH = 12;
    private static final int WIDTH = 256;

    private static Signal signal(String initializer, String activation, String norm) {
        return Signal.of(new Recipe(initializer, activation, norm), DEPTH, WIDTH, 64, 1, 2);
    }

    private static double growth(List<Double> sizes) {
        return Math.pow(sizes.get(0) / sizes.get(DEPTH - 1), 1.0 / (DEPTH - 1));
    }

    /** He et al. 2015: a variance of 2 / fan-in keeps the size of what passes a ReLU. */
    @Test
    void heKeepsTheSizeThroughRelu() {
        Signal signal = signal("he-normal", "relu", "none");
        assertThat(growth(signal.activations())).isCloseTo(1, withinPercentage(10.0));
        assertThat(growth(signal.gradients())).isCloseTo(1, withinPercentage(10.0));
    }

    /** A layer multiplies by √(n σ² / 2), which is 0.113 for 256 units and σ = 0.01. */
    @Test
    void smallWeightsVanishAsTheyShould() {
        Signal signal = signal("normal-0.01", "relu", "none");
        double factor = Math.sqrt(WIDTH * 1e-4 / 2);
        assertThat(growth(signal.gradients())).isCloseTo(factor, withinPercentage(10.0));
        assertThat(growth(signal.activations())).isCloseTo(1 / factor, withinPercentage(10.0));
    }

    /** The derivative of the logistic function is at most 1/4. */
    @Test
    void sigmoidsVanish() {
        assertThat(growth(signal("orthogonal", "sigmoid", "none").gradients())).isLessThan(0.26);
    }

    /** Batch norm forgets the scale of the weights. */
    @Test
    void normsForgetTheScale() {
        assertThat(growth(signal("normal-0.01", "relu", "batch").activations())).isCloseTo(1, withinPercentage(10.0));
        assertThat(growth(signal("normal-0.01", "relu", "layer").activations())).isCloseTo(1, withinPercentage(15.0));
    }

    @Test
    void tableAndChart(@TempDir Path directory) throws IOException {
        List<Signal> signals = List.of(signal("he-normal", "relu", "none"), signal("normal-0.01", "tanh", "none"));
        assertThat(SignalReport.table(signals)).contains("he-normal relu", "normal-0.01 tanh");
        Path png = directory.resolve("gradients.png");
        SignalReport.draw(signals, png);
        assertThat(Files.size(png)).isGreaterThan(1000);
    }

    @Test
    void whatOverflowsIsToldAndLeftOutOfTheChart(@TempDir Path directory) throws IOException {
        Signal overflows = new Signal(
                "large",
                List.of(1.0, Double.POSITIVE_INFINITY, Double.NaN),
                List.of(Double.NaN, Double.POSITIVE_INFINITY, 1.0),
                List.of(1.0, 1.0, 1.0),
                Double.NaN);
        Signal nothing = new Signal(
                "nothing", List.of(Double.NaN), List.of(Double.NaN), List.of(Double.NaN), Double.POSITIVE_INFINITY);
        assertThat(overflows.isFinite()).isFalse();
        assertThat(signal("he-normal", "relu", "none").isFinite()).isTrue();
        assertThat(SignalReport.table(List.of(overflows))).contains("NaN");
        for (List<Signal> signals : List.of(List.of(overflows, nothing), List.of(nothing))) {
            Path png = directory.resolve("gradients.png");
            SignalReport.draw(signals, png);
            assertThat(Files.size(png)).isGreaterThan(1000);
        }
        Path json = directory.resolve("gradients.json");
        Json.write(json, List.of(overflows));
        assertThat(Files.readString(json)).contains("\"loss\" : null").doesNotContain("NaN", "Infinity");
    }

    @Test
    void unknownNamesAreRefused() {
        assertThatThrownBy(() -> Recipe.all("he-normal,magic", "relu", "none"))
                .isInstanceOf(UserException.class)
                .hasMessageStartingWith("unknown initializer 'magic': choose of glorot-normal");
    }
}
