package org.backpropaganda.autograd.op;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.backpropaganda.autograd.testkit.Input.in;

import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.backpropaganda.autograd.graph.Op;
import org.backpropaganda.autograd.op.Rnn.Nonlinearity;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.testkit.Input;
import org.jspecify.annotations.Nullable;

/** Recurrent ops in {@code FLOAT} compute what they compute in {@code DOUBLE}, whatever the sizes. */
class RecurrentProperties {
    private static final double TOLERANCE = 2e-5;

    private static List<Input> inputs(
            int states, int gates, int steps, int batch, int features, int width, boolean biased) {
        List<Input> inputs = new ArrayList<>(List.of(in(steps, batch, features)));
        for (int i = 0; i < states; i++) {
            inputs.add(in(batch, width).within(-1, 1));
        }
        double bound = 1 / Math.sqrt((double) Math.max(features, width));
        inputs.add(in((long) gates * width, features).within(-bound, bound));
        inputs.add(in((long) gates * width, width).within(-bound, bound));
        for (int i = 0; biased && i < 2; i++) {
            inputs.add(in((long) gates * width).within(-bound, bound));
        }
        return inputs;
    }

    private static void assertClose(Op op, List<Input> inputs) {
        Golden floats = Golden.of(DType.FLOAT, op, inputs.toArray(Input[]::new));
        Golden doubles = Golden.of(DType.DOUBLE, op, inputs.toArray(Input[]::new));
        assertClose("output", floats.output(), doubles.output());
        for (int i = 0; i < inputs.size(); i++) {
            assertClose(
                    "gradient " + i,
                    floats.gradients().get(i),
                    doubles.gradients().get(i));
        }
    }

    private static void assertClose(String what, @Nullable List<Double> actual, @Nullable List<Double> expected) {
        assertThat(actual).as(what).isNotNull();
        assertThat(expected).as(what).isNotNull().hasSameSizeAs(actual);
        double scale = expected.stream().mapToDouble(Math::abs).reduce(1, Math::max);
        for (int i = 0; i < expected.size(); i++) {
            assertThat(actual.get(i))
                    .as("%s, element %d", what, i)
                    .isCloseTo(expected.get(i), within(TOLERANCE * scale));
        }
    }

    @Property(tries = 15)
    void lstm(
            @ForAll @IntRange(min = 1, max = 9) int steps,
            @ForAll @IntRange(min = 1, max = 20) int batch,
            @ForAll @IntRange(min = 1, max = 20) int features,
            @ForAll @IntRange(min = 1, max = 35) int width,
            @ForAll boolean biased,
            @ForAll boolean withState) {
        assertClose(new Lstm(withState), inputs(2, 4, steps, batch, features, width, biased));
    }

    @Property(tries = 15)
    void gru(
            @ForAll @IntRange(min = 1, max = 9) int steps,
            @ForAll @IntRange(min = 1, max = 20) int batch,
            @ForAll @IntRange(min = 1, max = 20) int features,
            @ForAll @IntRange(min = 1, max = 35) int width,
            @ForAll boolean biased) {
        assertClose(new Gru(), inputs(1, 3, steps, batch, features, width, biased));
    }

    @Property(tries = 15)
    void rnn(
            @ForAll @IntRange(min = 1, max = 9) int steps,
            @ForAll @IntRange(min = 1, max = 20) int batch,
            @ForAll @IntRange(min = 1, max = 20) int features,
            @ForAll @IntRange(min = 1, max = 35) int width,
            @ForAll boolean biased) {
        assertClose(new Rnn(Nonlinearity.TANH), inputs(1, 1, steps, batch, features, width, biased));
    }
}
