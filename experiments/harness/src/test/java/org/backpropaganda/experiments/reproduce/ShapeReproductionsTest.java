package org.backpropaganda.experiments.reproduce;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.backpropaganda.synthetic.stage.StageRule;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is reproduced from steps on shapes is near what was published, or equal where it is a formula. */
class ShapeReproductionsTest {
    private static double choose(int n, int k) {
        double product = 1;
        for (int i = 1; i <= k; i++) {
            product = product * (n - k + i) / i;
        }
        return Math.rint(product);
    }

    /** r n − C(s + r, r − 1) with the least r for which C(s + r, s) ≥ n. */
    @ParameterizedTest
    @CsvSource({"2,1", "9,2", "10,3", "57,4", "100,5", "513,6", "1000,10"})
    void revolveIsTheTheorem(int steps, int slots) {
        int repeats = 1;
        while (choose(slots + repeats, slots) < steps) {
            repeats++;
        }
        double extra = repeats * (double) steps - choose(slots + repeats, repeats - 1);
        assertThat((double) RevolveReproduction.again(steps, slots)).isEqualTo(extra);
    }

    @Test
    void revolveHasThePublishedCounts() {
        assertThat(new RevolveReproduction().figures())
                .allSatisfy(figure -> assertThat(figure.ours()).isEqualTo(Double.parseDouble(figure.published())));
    }

    /** A reversible block keeps nothing; a stored one of C channels and T tokens what its ops read. */
    @Test
    void reversibleLayersAddNothing() {
        List<Reproduction.Figure> figures = new ReformerReproduction().figures();
        assertThat(figures.get(1).ours()).isZero();
        assertThat(figures.get(3).ours()).isZero();
        assertThat(figures.get(0).ours()).isPositive();
        assertThat(figures.get(4).ours()).isBetween(32.0, 34.0);
    }

    @Test
    void aThousandLayersAreNearThePublishedOnes() {
        List<Reproduction.Figure> figures = new SqrtReproduction().figures();
        assertThat(figures.get(0).ours()).isBetween(43.0, 53.0);
        assertThat(figures.get(1).ours()).isBetween(6.0, 8.0);
        assertThat(figures.get(3).ours()).isBetween(28.0, 34.0);
    }

    @Test
    void packedSavesAreNearThePublishedOnes() {
        double plain = ActnnReproduction.summary("plain").savedBytes() / 1e6;
        assertThat(plain).isBetween(5209 * 0.98, 5209 * 1.02);
        assertThat(plain * 1e6 / ActnnReproduction.summary("save:q2").savedBytes())
                .isBetween(10.0, 13.0);
    }

    @Test
    void aPipelineWithoutBuffersHoldsLessThanHalf() {
        long buffered = PetraReproduction.peakBytes(StageRule.petra(false, false, false));
        long without = PetraReproduction.peakBytes(StageRule.petra());
        assertThat(100.0 * (buffered - without) / buffered).isBetween(50.0, 60.0);
    }

    @Test
    void dglHasThePublishedErrors() {
        Reproduction.Part part = new DglReproduction().parts().get(0);
        assertThat(part.data()).isEqualTo("cifar10");
        assertThat(((DniImages) part).rows().get(0).published()).containsExactly("15.5", "14.9");
    }
}
