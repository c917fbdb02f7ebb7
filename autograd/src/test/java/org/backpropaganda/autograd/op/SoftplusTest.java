package org.backpropaganda.autograd.op;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.backpropaganda.autograd.testkit.Input.in;
import static org.backpropaganda.autograd.testkit.Refusal.spec;

import java.util.stream.Stream;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.ShapeException;
import org.backpropaganda.autograd.testkit.OpCase;
import org.backpropaganda.autograd.testkit.OpContract;
import org.backpropaganda.autograd.testkit.Refusal;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class SoftplusTest extends OpContract {

    @Override
    protected Stream<OpCase> cases() {
        return Stream.of(
                OpCase.of(new Softplus(1), in()),
                OpCase.of(new Softplus(1), in(1)),
                OpCase.of(new Softplus(1), in(1, 1, 5)),
                OpCase.of(new Softplus(1), in(3, 5, 7)),
                OpCase.of(new Softplus(1), in(2, 1, 9, 1)),
                OpCase.of(new Softplus(0.5), in(40).within(-30, 30)).named("saturated"),
                OpCase.of(new Softplus(20), in(40)).named("sharp"));
    }

    @Override
    protected Stream<Refusal> refusals() {
        return Stream.of(
                Refusal.of(new Softplus(1), spec(2), spec(2)), Refusal.of(new Softplus(1), spec(DType.INT, 4)));
    }

    @ParameterizedTest
    @CsvSource({"0, 1", "-1, 1", "2, 1", "0.5, 3", "-2, 0.5"})
    void golden(double x, double beta) {
        Golden golden = Golden.of(new Softplus(beta), in().of(x));
        assertThat(golden.output().get(0)).isCloseTo(Math.log(1 + Math.exp(beta * x)) / beta, within(1e-15));
        assertThat(golden.gradients().get(0).get(0)).isCloseTo(1 / (1 + Math.exp(-beta * x)), within(1e-15));
    }

    /** Where oneDNN's own function is negative. */
    @ParameterizedTest
    @EnumSource(names = {"FLOAT", "DOUBLE"})
    void isPositiveAndPreciseFarBelowZero(DType dtype) {
        Golden golden = Golden.of(dtype, new Softplus(1), in(4).of(-12, -16, -20, -25));
        double[] x = {-12, -16, -20, -25};
        for (int i = 0; i < x.length; i++) {
            double expected = Math.log1p(Math.exp(x[i]));
            assertThat(golden.output().get(i)).isCloseTo(expected, within(1e-6 * expected));
        }
    }

    @Test
    void betaIsPositive() {
        assertThatThrownBy(() -> new Softplus(0))
                .isInstanceOf(ShapeException.class)
                .hasMessageContaining("beta 0.0");
    }

    @ParameterizedTest
    @EnumSource(names = {"FLOAT", "DOUBLE"})
    void largeInputs(DType dtype) {
        Golden golden = Golden.of(dtype, new Softplus(1), in(2).of(-10_000, 10_000));
        assertThat(golden.output().get(0) + 0.0).isEqualTo(0.0);
        assertThat(golden.output().get(1)).isEqualTo(10_000.0);
        assertThat(golden.gradients().get(0).get(0) + 0.0).isEqualTo(0.0);
        assertThat(golden.gradients().get(0).get(1)).isEqualTo(1.0);
    }
}
