package org.backpropaganda.autograd.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ErrorFunctionTest {

    /** Values of Abramowitz and Stegun, tables 7.1 and 7.3, and of the DLMF to more digits. */
    @ParameterizedTest
    @CsvSource({
        "0, 1",
        "0.5, 0.4795001221869535",
        "1, 0.15729920705028513",
        "2, 0.004677734981047266",
        "3, 2.209049699858544e-5",
        "5, 1.5374597944280349e-12",
        "-1, 1.8427007929497149",
        "-5, 1.9999999999984626"
    })
    void isTheComplementaryErrorFunction(double x, double expected) {
        assertThat(ErrorFunction.complementary(x)).isCloseTo(expected, within(1e-13 * expected));
    }

    /** Series and continued fraction meet: the function goes on as its derivative says. */
    @Test
    void hasNoStep() {
        double h = 1e-9;
        double slope = -2 / Math.sqrt(Math.PI) * Math.exp(-4);
        assertThat(ErrorFunction.complementary(2 + h) - ErrorFunction.complementary(2 - h))
                .isCloseTo(2 * h * slope, within(1e-15));
    }

    @Test
    void endsInZeroAndTwo() {
        assertThat(ErrorFunction.complementary(Double.POSITIVE_INFINITY)).isZero();
        assertThat(ErrorFunction.complementary(1e4)).isZero();
        assertThat(ErrorFunction.complementary(Double.NEGATIVE_INFINITY)).isEqualTo(2);
        assertThat(ErrorFunction.complementary(Double.NaN)).isNaN();
        assertThat(ErrorFunction.normal(0)).isEqualTo(0.5);
    }
}
