package org.backpropaganda.autograd.optim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class ReduceOnPlateauTest {

    @Test
    void fallsWhenPatienceIsExceeded() {
        ReduceOnPlateau plateau =
                ReduceOnPlateau.builder().patience(2).factor(0.5).build();
        assertThat(plateau.multiplier()).isEqualTo(1);
        assertMultipliers(plateau, metrics(5, 4, 4, 4, 4, 4, 4, 4), 1, 1, 1, 1, 0.5, 0.5, 0.5, 0.25);
        assertThat(plateau.observe(3)).isFalse();
        assertMultipliers(plateau, metrics(3, 3, 3), 0.25, 0.25, 0.125);
    }

    /** By steps of 0.0165 against 0.1, the seventh is the first that counts; six before it are one too many. */
    @Test
    void countsSmallGainsAsNone() {
        ReduceOnPlateau plateau =
                ReduceOnPlateau.builder().patience(5).absoluteThreshold(0.1).build();
        double[] metrics =
                IntStream.range(0, 22).mapToDouble(i -> 10 - i * 0.0165).toArray();
        double[] expected = DoubleStream.concat(
                        repeated(6, 1), DoubleStream.concat(repeated(7, 0.1), repeated(7, 0.01)))
                .toArray();
        assertMultipliers(plateau, metrics, expected);
    }

    /** After the fall at the ninth, five observations do not count, and six more are one too many. */
    @Test
    void waitsAfterAFall() {
        ReduceOnPlateau plateau = ReduceOnPlateau.builder()
                .higherIsBetter()
                .patience(5)
                .cooldown(5)
                .absoluteThreshold(1e-4)
                .build();
        double[] metrics =
                DoubleStream.concat(repeated(2, -0.8), repeated(20, -0.234)).toArray();
        double[] expected = DoubleStream.concat(
                        repeated(8, 1), DoubleStream.concat(repeated(11, 0.1), repeated(3, 0.01)))
                .toArray();
        assertMultipliers(plateau, metrics, expected);
    }

    @Test
    void measuresAShareOfTheBestWhateverItsSign() {
        ReduceOnPlateau.Builder builder =
                ReduceOnPlateau.builder().patience(0).factor(0.5).relativeThreshold(0.1);
        assertMultipliers(builder.build(), metrics(10, 9.1, 8.9, 8.1, 8), 1, 0.5, 0.5, 0.25, 0.25);
        assertMultipliers(builder.build(), metrics(-10, -10.9, -11.1), 1, 0.5, 0.5);
        builder.higherIsBetter();
        assertMultipliers(builder.build(), metrics(10, 10.9, 11.1), 1, 0.5, 0.5);
        assertMultipliers(builder.build(), metrics(-10, -9.1, -8.9), 1, 0.5, 0.5);
    }

    @Test
    void staysAboveTheMinimum() {
        ReduceOnPlateau plateau =
                ReduceOnPlateau.builder().patience(0).factor(0.5).minimum(0.4).build();
        assertMultipliers(plateau, metrics(1, 1, 1, 1), 1, 0.5, 0.4, 0.4);
        assertThat(plateau.observe(1)).isFalse();
    }

    @Test
    void whatIsNotANumberIsNoBetter() {
        ReduceOnPlateau plateau = ReduceOnPlateau.builder().patience(1).build();
        assertMultipliers(plateau, metrics(Double.NaN, Double.NaN, 1, Double.NaN, Double.NaN), 1, 0.1, 0.1, 0.1, 0.01);
    }

    @Test
    void refusesBadChoices() {
        ReduceOnPlateau.Builder builder = ReduceOnPlateau.builder();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> builder.factor(1))
                .withMessage("plateau: factor 1.0 is not within [0, 1)");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> builder.patience(-1))
                .withMessage("plateau: patience -1 is negative");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> builder.cooldown(-2))
                .withMessage("plateau: cooldown -2 is negative");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> builder.minimum(2))
                .withMessage("plateau: minimum 2.0 is not within [0, 1]");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> builder.relativeThreshold(-1))
                .withMessage("plateau: relative threshold -1.0 must be finite and 0 or more");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> builder.absoluteThreshold(Double.NaN))
                .withMessageContaining("absolute threshold");
    }

    private static double[] metrics(double... values) {
        return values;
    }

    private static DoubleStream repeated(int times, double value) {
        return DoubleStream.generate(() -> value).limit(times);
    }

    /** After each observation; what follows the last expectation is not observed. */
    private static void assertMultipliers(ReduceOnPlateau plateau, double[] metrics, double... expected) {
        for (int i = 0; i < expected.length; i++) {
            double before = plateau.multiplier();
            boolean fell = plateau.observe(metrics[i]);
            assertThat(plateau.multiplier()).as("observation %d", i).isCloseTo(expected[i], within(1e-15));
            assertThat(fell).isEqualTo(plateau.multiplier() < before);
        }
    }
}
