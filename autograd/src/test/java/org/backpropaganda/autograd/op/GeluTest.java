package org.backpropaganda.autograd.op;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.backpropaganda.autograd.testkit.Input.in;
import static org.backpropaganda.autograd.testkit.Refusal.spec;

import java.util.stream.Stream;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.testkit.OpCase;
import org.backpropaganda.autograd.testkit.OpContract;
import org.backpropaganda.autograd.testkit.Refusal;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GeluTest extends OpContract {

    @Override
    protected Stream<OpCase> cases() {
        return Stream.of(
                OpCase.of(new Gelu(false), in()),
                OpCase.of(new Gelu(false), in(1)),
                OpCase.of(new Gelu(false), in(1, 1, 5)),
                OpCase.of(new Gelu(false), in(3, 5, 7)),
                OpCase.of(new Gelu(false), in(2, 1, 9, 1)),
                OpCase.of(new Gelu(false), in(40).within(-8, 8)).named("saturated"),
                OpCase.of(new Gelu(true), in()),
                OpCase.of(new Gelu(true), in(1, 1, 5)),
                OpCase.of(new Gelu(true), in(3, 5, 7)),
                OpCase.of(new Gelu(true), in(40).within(-8, 8)).named("saturated"),
                OpCase.of(new Gelu(true), in(2, 33000)).named("several slices"));
    }

    @Override
    protected Stream<Refusal> refusals() {
        return Stream.of(
                Refusal.of(new Gelu(false), spec(2), spec(2)), Refusal.of(new Gelu(false), spec(DType.INT, 4)));
    }

    /** Φ(1) and Φ(−2) from tables; φ(x) = exp(−x²/2) / √(2π). */
    @ParameterizedTest
    @CsvSource({"1, 0.8413447460685429", "-2, 0.0227501319481792", "0, 0.5", "-6, 9.865876450376946e-10"})
    void golden(double x, double normal) {
        Golden golden = Golden.of(new Gelu(false), in().of(x));
        double density = Math.exp(-x * x / 2) / Math.sqrt(2 * Math.PI);
        assertThat(golden.output().get(0)).isCloseTo(x * normal, within(1e-15));
        assertThat(golden.gradients().get(0).get(0)).isCloseTo(normal + x * density, within(1e-15));
    }

    @ParameterizedTest
    @CsvSource({"1", "-2", "0", "0.75"})
    void goldenApproximation(double x) {
        Golden golden = Golden.of(new Gelu(true), in().of(x));
        double tanh = Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * Math.pow(x, 3)));
        double inner = Math.sqrt(2 / Math.PI) * (1 + 3 * 0.044715 * x * x);
        assertThat(golden.output().get(0)).isCloseTo(0.5 * x * (1 + tanh), within(1e-15));
        assertThat(golden.gradients().get(0).get(0))
                .isCloseTo(0.5 * (1 + tanh) + 0.5 * x * (1 - tanh * tanh) * inner, within(1e-15));
    }

    @ParameterizedTest
    @CsvSource({
        "FLOAT, false, 10000", "FLOAT, true, 10000", "DOUBLE, false, 10000", "DOUBLE, true, 10000",
        "FLOAT, false, 1e13", "FLOAT, true, 1e13", "FLOAT, true, 1e20", "DOUBLE, true, 1e20"
    })
    void largeInputs(DType dtype, boolean approximate, float large) {
        Golden golden = Golden.of(dtype, new Gelu(approximate), in(2).of(-large, large));
        assertThat(golden.output().get(0) + 0.0).isEqualTo(0.0);
        assertThat(golden.output().get(1)).isEqualTo((double) large);
        assertThat(golden.gradients().get(0).get(0) + 0.0).isEqualTo(0.0);
        assertThat(golden.gradients().get(0).get(1)).isEqualTo(1.0);
    }
}
