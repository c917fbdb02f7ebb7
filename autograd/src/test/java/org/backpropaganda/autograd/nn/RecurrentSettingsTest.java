package org.backpropaganda.autograd.nn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.util.List;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.op.Rnn.Nonlinearity;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.ShapeException;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RecurrentSettingsTest {
    private final Engine engine = Engine.builder().threads(2).build();
    private final TensorScope root = engine.scope("");
    private final ParameterFactory factory = new ParameterFactory(root, DType.FLOAT, 1);

    @AfterEach
    void close() {
        engine.close();
    }

    @Test
    void eachChoiceChangesItselfAlone() {
        assertThat(RecurrentSettings.ONE_LAYER)
                .isEqualTo(new RecurrentSettings(1, false, 0, true, false, false, false));
        assertThat(RecurrentSettings.layers(3))
                .isEqualTo(new RecurrentSettings(3, false, 0, true, false, false, false));
        RecurrentSettings plain = new RecurrentSettings(3, false, 0.25, true, false, false, false);
        assertThat(plain.inBothDirections()).isEqualTo(new RecurrentSettings(3, true, 0.25, true, false, false, false));
        assertThat(plain.withDropout(0.5)).isEqualTo(new RecurrentSettings(3, false, 0.5, true, false, false, false));
        assertThat(plain.withoutBiases()).isEqualTo(new RecurrentSettings(3, false, 0.25, false, false, false, false));
        assertThat(plain.forBatchFirst()).isEqualTo(new RecurrentSettings(3, false, 0.25, true, true, false, false));
        assertThat(plain.withConstantStates())
                .isEqualTo(new RecurrentSettings(3, false, 0.25, true, false, true, false));
        assertThat(plain.withKeptGates()).isEqualTo(new RecurrentSettings(3, false, 0.25, true, false, false, true));
        RecurrentSettings all = new RecurrentSettings(3, true, 0.25, false, true, true, true);
        assertThat(List.of(
                        all.inBothDirections(),
                        all.withDropout(0.25),
                        all.withoutBiases(),
                        all.forBatchFirst(),
                        all.withConstantStates(),
                        all.withKeptGates()))
                .containsOnly(all);
    }

    private static List<String> names(boolean biases, String suffix) {
        return Stream.of("weight_ih", "weight_hh", "bias_ih", "bias_hh")
                .filter(name -> biases || name.startsWith("weight"))
                .map(name -> name + suffix)
                .toList();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void biasesAreThereOrNot(boolean biases) {
        RecurrentSettings settings = RecurrentSettings.layers(2).inBothDirections();
        RecurrentSettings chosen = biases ? settings : settings.withoutBiases();
        List<String> ofLayers = Stream.of("_l0", "_l0_reverse", "_l1", "_l1_reverse")
                .flatMap(suffix -> names(biases, suffix).stream())
                .toList();
        for (Module layer : List.of(
                new Lstm(factory, 3, 2, chosen),
                new Gru(factory, 3, 2, chosen),
                new Rnn(factory, 3, 2, Nonlinearity.TANH, chosen))) {
            assertThat(new TreeSet<>(layer.parameters().keySet())).isEqualTo(new TreeSet<>(ofLayers));
        }
        for (Module cell : List.of(
                new LstmCell(factory, 3, 2, biases),
                new GruCell(factory, 3, 2, biases),
                new RnnCell(factory, 3, 2, Nonlinearity.TANH, biases))) {
            assertThat(cell.parameters().keySet()).containsExactlyElementsOf(names(biases, ""));
        }
    }

    @Test
    void cellsNameTheInputsThatTheyTake() {
        try (Tape tape = Tape.inference(root)) {
            Variable x =
                    tape.constant(root.allocate(Shape.of(1, 3), DType.FLOAT).zero());
            Variable h =
                    tape.constant(root.allocate(Shape.of(1, 2), DType.FLOAT).zero());
            assertThatExceptionOfType(ShapeException.class)
                    .isThrownBy(() -> new LstmCell(factory, 3, 2, true).call(List.of(x, h)))
                    .withMessageStartingWith("LstmCell: takes x, h and c, got [");
            assertThatExceptionOfType(ShapeException.class)
                    .isThrownBy(() -> new GruCell(factory, 3, 2, true).call(List.of(x, h, h)))
                    .withMessageStartingWith("GruCell: takes x and h, got [");
            assertThatExceptionOfType(ShapeException.class)
                    .isThrownBy(() -> new RnnCell(factory, 3, 2, Nonlinearity.TANH, true).call(List.of(x)))
                    .withMessageStartingWith("RnnCell: takes x and h, got [");
        }
    }
}
