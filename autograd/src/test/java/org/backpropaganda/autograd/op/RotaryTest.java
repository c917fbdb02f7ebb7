package org.backpropaganda.autograd.op;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.backpropaganda.autograd.testkit.Input.in;
import static org.backpropaganda.autograd.testkit.Refusal.spec;

import java.util.List;
import java.util.stream.Stream;
import org.backpropaganda.autograd.testkit.OpCase;
import org.backpropaganda.autograd.testkit.OpContract;
import org.backpropaganda.autograd.testkit.Refusal;
import org.junit.jupiter.api.Test;

class RotaryTest extends OpContract {
    @Override
    protected Stream<OpCase> cases() {
        return Stream.of(
                OpCase.of(new Rotary(1, 10_000), in(2, 5, 4)),
                OpCase.of(new Rotary(3, 100), in(2, 4, 12)),
                OpCase.of(new Rotary(2, 10_000), in(1, 1, 4)));
    }

    @Override
    protected Stream<Refusal> refusals() {
        return Stream.of(
                Refusal.of(new Rotary(1, 100), spec(2, 3, 5)),
                Refusal.of(new Rotary(2, 100), spec(2, 3, 6)),
                Refusal.of(new Rotary(1, 100), spec(3, 4)));
    }

    /** Position 1 turns the first pair by 1 and the second by 1/10. */
    @Test
    void golden() {
        Golden golden = Golden.of(new Rotary(1, 100), in(1, 2, 4).of(1, 0, 1, 0, 1, 0, 0, 2));
        double[] expected = {1, 0, 1, 0, Math.cos(1), Math.sin(1), -2 * Math.sin(0.1), 2 * Math.cos(0.1)};
        for (int i = 0; i < expected.length; i++) {
            assertThat(golden.output().get(i)).isCloseTo(expected[i], within(1e-14));
        }
    }

    /** What two positions have in common depends on their distance alone. */
    @Test
    void productsDependOnTheDistance() {
        double[] same = new double[4 * 6];
        for (int i = 0; i < same.length; i++) {
            same[i] = 0.3 + i % 6;
        }
        List<Double> y = Golden.of(new Rotary(1, 50), in(1, 4, 6).of(same)).output();
        assertThat(dot(y, 0, 2)).isCloseTo(dot(y, 1, 3), within(1e-12));
        assertThat(dot(y, 0, 1)).isCloseTo(dot(y, 2, 3), within(1e-12));
    }

    private static double dot(List<Double> y, int a, int b) {
        double sum = 0;
        for (int i = 0; i < 6; i++) {
            sum += y.get(6 * a + i) * y.get(6 * b + i);
        }
        return sum;
    }
}
