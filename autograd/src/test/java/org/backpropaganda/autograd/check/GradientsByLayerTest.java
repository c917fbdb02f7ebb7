package org.backpropaganda.autograd.check;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Map;
import org.junit.jupiter.api.Test;

class GradientsByLayerTest {

    /** (3, 4, 0) beside (3, 0, 4) in one layer, by hand: ‖difference‖ = √32, cosine 9/25. */
    @Test
    void theParametersOfALayerAreOneVector() {
        GradientComparison comparison = GradientComparison.of(
                Map.of("a.b.weight", new double[] {3, 4}, "a.b.bias", new double[] {0}, "scale", new double[] {2}),
                Map.of("a.b.weight", new double[] {3, 0}, "a.b.bias", new double[] {4}, "scale", new double[] {1}));
        Map<String, GradientComparison.Difference> layers = comparison.byLayer();
        assertThat(layers).containsOnlyKeys("a.b", "");
        GradientComparison.Difference layer = layers.get("a.b");
        assertThat(layer.distance()).isCloseTo(Math.sqrt(32), within(1e-12));
        assertThat(layer.norm()).isCloseTo(5, within(1e-12));
        assertThat(layer.referenceNorm()).isCloseTo(5, within(1e-12));
        assertThat(layer.cosine()).isCloseTo(9.0 / 25, within(1e-12));
        assertThat(layer.relativeError()).isCloseTo(Math.sqrt(32) / 5, within(1e-12));
        assertThat(layers.get("").relativeError()).isEqualTo(1);
    }

    @Test
    void aLayerWithoutAReferenceHasNoRelativeError() {
        GradientComparison comparison = GradientComparison.of(
                Map.of("a.weight", new double[] {1}, "a.bias", new double[] {2}),
                Map.of("a.weight", new double[] {0}, "a.bias", new double[] {0}));
        assertThat(comparison.byLayer().get("a").relativeError()).isNull();
        assertThat(comparison.byLayer().get("a").cosine()).isNull();
    }
}
