package org.backpropaganda.autograd.check;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Map;
import org.junit.jupiter.api.Test;

class GradientComparisonTest {
    @Test
    void golden() {
        GradientComparison comparison = GradientComparison.of(
                Map.of("a", new double[] {3, 4}, "b", new double[] {0, 1}),
                Map.of("a", new double[] {3, 0}, "b", new double[] {1, 0}));
        GradientComparison.Difference a = comparison.byParameter().get("a");
        assertThat(a.relativeError()).isCloseTo(4.0 / 3, within(1e-15));
        assertThat(a.cosine()).isCloseTo(0.6, within(1e-15));
        assertThat(comparison.byParameter().get("b").cosine()).isZero();
        assertThat(comparison.total().distance()).isCloseTo(Math.sqrt(18), within(1e-14));
        assertThat(comparison.worst())
                .hasValueSatisfying(worst -> assertThat(worst.getKey()).isEqualTo("b"));
    }

    @Test
    void sameGradientsDoNotDiffer() {
        Map<String, double[]> gradients = Map.of("a", new double[] {1e-30, -2e-30});
        GradientComparison.Difference total =
                GradientComparison.of(gradients, gradients).total();
        assertThat(total.relativeError()).isZero();
        assertThat(total.cosine()).isCloseTo(1, within(1e-15));
    }

    @Test
    void zeroReferencesHaveNoRelativeError() {
        GradientComparison comparison =
                GradientComparison.of(Map.of("a", new double[] {1, 0}), Map.of("a", new double[2]));
        assertThat(comparison.total().relativeError()).isNull();
        assertThat(comparison.total().cosine()).isNull();
        assertThat(comparison.total().distance()).isEqualTo(1);
        assertThat(comparison.worst()).isEmpty();
    }

    @Test
    void wantsTheSameParameters() {
        assertThatThrownBy(() -> GradientComparison.of(Map.of("a", new double[1]), Map.of("b", new double[1])))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("gradient comparison: without a reference: [a], without a gradient: [b]");
        assertThatThrownBy(() -> GradientComparison.of(Map.of("a", new double[1]), Map.of("a", new double[2])))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("gradient comparison: a has 1 elements, its reference 2");
    }
}
