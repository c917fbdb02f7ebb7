package org.backpropaganda.autograd.op;

import static org.assertj.core.api.Assertions.assertThat;
import static org.backpropaganda.autograd.testkit.Input.in;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.backpropaganda.autograd.graph.Op;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.testkit.Input;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** NaN at a step of a sequence is NaN in what the cells say from then on, of that sequence alone. */
class DivergedRecurrentTest {
    private static final int STEPS = 3;
    private static final int BATCH = 2;
    private static final int WIDTH = 5;

    static Stream<Arguments> cells() {
        return Stream.of(DType.FLOAT, DType.DOUBLE)
                .flatMap(dtype -> Stream.of(
                        Arguments.of(dtype, new Rnn(Rnn.Nonlinearity.TANH), 1, 1),
                        Arguments.of(dtype, new Rnn(Rnn.Nonlinearity.RELU), 1, 1),
                        Arguments.of(dtype, new Gru(), 1, 3),
                        Arguments.of(dtype, new Lstm(false), 2, 4)));
    }

    @ParameterizedTest
    @MethodSource("cells")
    void nanStays(DType dtype, Op op, int states, int gates) {
        List<Input> inputs = new ArrayList<>();
        inputs.add(in(STEPS, BATCH, 1).of(1, 1, Double.NaN, 1, 1, 1));
        for (int i = 0; i < states; i++) {
            inputs.add(in(BATCH, WIDTH).within(0, 1));
        }
        inputs.add(in((long) gates * WIDTH, 1).within(0, 1));
        inputs.add(in((long) gates * WIDTH, WIDTH).within(0, 0.1));
        Golden golden = Golden.of(dtype, op, inputs.toArray(Input[]::new));
        int step = BATCH * WIDTH;
        List<Double> y = golden.output();
        assertThat(y.subList(0, step)).allMatch(Double::isFinite);
        for (int from = step; from < STEPS * step; from += step) {
            assertThat(y.subList(from, from + WIDTH)).containsOnly(Double.NaN);
            assertThat(y.subList(from + WIDTH, from + step)).allMatch(Double::isFinite);
        }
        int weight = 1 + states;
        assertThat(golden.gradients().get(weight)).containsOnly(Double.NaN);
        assertThat(golden.gradients().get(weight + 1)).containsOnly(Double.NaN);
    }
}
