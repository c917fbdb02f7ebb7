package org.backpropaganda.autograd.kernel.nd4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import org.backpropaganda.autograd.kernel.EltwiseKernel.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CurvesTest {

    @ParameterizedTest
    @CsvSource({
        "LOG, 0, 0.25, -1.3862943611198906",
        "SQRT, 0, 6.25, 2.5",
        "ABS, 0, -3, 3",
        "POW, 3, -2, -8",
        "GELU, 0, 1, 0.8413447460685429",
        "GELU, 0, -2, -0.0455002638963584",
        "SILU, 0, 0, 0",
        "SILU, 0, 1, 0.7310585786300049",
        "SOFTPLUS, 2, 0, 0.34657359027997264",
        "HARDSWISH, 0, 1.5, 1.125"
    })
    void hasKnownValues(Function function, double alpha, double x, double expected) {
        assertThat(Curves.value(function, alpha, x)).isCloseTo(expected, within(1e-15));
    }

    @ParameterizedTest
    @CsvSource({
        "POW, 3, -3, 4",
        "POW, -1.5, 0.5, 4",
        "GELU, 0, -8, 8",
        "GELU_TANH, 0, -8, 8",
        "SILU, 0, -30, 30",
        "HARDSWISH, 0, -2.9, 2.9",
        "HARDSWISH, 0, 3.1, 9",
        "HARDSWISH, 0, -9, -3.1"
    })
    void derivativesAreThoseOfDifferences(Function function, double alpha, double from, double to) {
        double h = 1e-5;
        for (int i = 0; i <= 50; i++) {
            double x = from + (to - from) * i / 50;
            double difference = (Curves.value(function, alpha, x + h) - Curves.value(function, alpha, x - h)) / (2 * h);
            assertThat(Curves.derivative(function, alpha, x))
                    .as("%s at %s", function, x)
                    .isCloseTo(difference, within(1e-8 * Math.max(1, Math.abs(difference))));
        }
    }

    @Test
    void refusesWhatIsComputedElsewhere() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Curves.value(Function.TANH, 0, 1))
                .withMessageContaining("TANH");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Curves.derivative(Function.EXP, 0, 1))
                .withMessageContaining("EXP");
    }
}
