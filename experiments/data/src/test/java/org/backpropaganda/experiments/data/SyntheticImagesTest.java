package org.backpropaganda.experiments.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.zip.CRC32;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class SyntheticImagesTest {
    private static long checksum(Dataset data) {
        CRC32 crc = new CRC32();
        for (int i = 0; i < data.size(); i++) {
            crc.update(data.label(i));
            for (float value : Fixtures.image(data, i)) {
                crc.update(Math.round(value * 255));
            }
        }
        return crc.getValue();
    }

    @Test
    void bitsArePinned() {
        DataSplit split = SyntheticImages.split(42, 32, 100, 50);
        assertThat(checksum(split.train())).isEqualTo(2850712602L);
        assertThat(checksum(split.test())).isEqualTo(2036345461L);
    }

    @Property(tries = 30)
    void anyImageIsAFunctionOfItsSeedAndIndex(
            @ForAll long seed,
            @ForAll @IntRange(min = 8, max = 40) int side,
            @ForAll @IntRange(min = 1, max = 25) int count) {
        Dataset few = SyntheticImages.split(seed, side, count, 1).train();
        Dataset more = SyntheticImages.split(seed, side, count + 5, 3).train();
        assertThat(few.size()).isEqualTo(count);
        assertThat(ImageShape.of(few)).isEqualTo(new ImageShape(side, side, 3));
        for (int i = 0; i < count; i++) {
            assertThat(Fixtures.image(few, i)).isEqualTo(Fixtures.image(more, i));
            assertThat(few.label(i)).isEqualTo(i % 10);
        }
    }

    @Test
    void noImageIsDrawnTwice() {
        DataSplit split = SyntheticImages.split(1, 16, 500, 500);
        Set<Integer> seen = new HashSet<>();
        for (Dataset data : new Dataset[] {
            split.train(), split.test(), SyntheticImages.split(2, 16, 500, 1).train()
        }) {
            for (int i = 0; i < data.size(); i++) {
                seen.add(Arrays.hashCode(Fixtures.image(data, i)));
            }
        }
        assertThat(seen.size()).isEqualTo(1_500);
    }

    @Test
    void defaultsAreTenClassesOf32By32() {
        DataSplit split = SyntheticImages.split(0);
        assertThat(split.train().size()).isEqualTo(10_000);
        assertThat(split.test().size()).isEqualTo(1_000);
        assertThat(split.train().classNames())
                .containsExactly(
                        "disc",
                        "ring",
                        "square",
                        "triangle",
                        "cross",
                        "star",
                        "horizontal stripes",
                        "vertical stripes",
                        "diagonal stripes",
                        "checkerboard");
    }

    /** The share of test images whose features lie closest to the mean features of their class. */
    private static double nearestMeanAccuracy(DataSplit split, UnaryOperator<float[]> features) {
        int length = features.apply(Fixtures.image(split.train(), 0)).length;
        double[][] means = new double[10][length];
        for (int i = 0; i < split.train().size(); i++) {
            float[] x = features.apply(Fixtures.image(split.train(), i));
            for (int v = 0; v < length; v++) {
                means[split.train().label(i)][v] += 10.0 * x[v] / split.train().size();
            }
        }
        int right = 0;
        for (int i = 0; i < split.test().size(); i++) {
            float[] x = features.apply(Fixtures.image(split.test(), i));
            int best = 0;
            double bestDistance = Double.POSITIVE_INFINITY;
            for (int k = 0; k < 10; k++) {
                double distance = 0;
                for (int v = 0; v < length; v++) {
                    distance += (x[v] - means[k][v]) * (x[v] - means[k][v]);
                }
                if (distance < bestDistance) {
                    bestDistance = distance;
                    best = k;
                }
            }
            right += best == split.test().label(i) ? 1 : 0;
        }
        return (double) right / split.test().size();
    }

    /** Edge energy in 8 directions, relative to the whole: what a layer of edge filters and a mean over places sees. */
    private static float[] edges(float[] image, int side) {
        float[] energy = new float[8];
        float whole = 0;
        for (int y = 1; y < side - 1; y++) {
            for (int x = 1; x < side - 1; x++) {
                for (int c = 0; c < 3; c++) {
                    int at = (y * side + x) * 3 + c;
                    float dx = image[at + 3] - image[at - 3];
                    float dy = image[at + 3 * side] - image[at - 3 * side];
                    double angle = Math.atan2(dy, dx);
                    int direction = (int) Math.round(angle / Math.PI * 8 + 16) % 8;
                    energy[direction] += dx * dx + dy * dy;
                    whole += dx * dx + dy * dy;
                }
            }
        }
        for (int i = 0; i < energy.length; i++) {
            energy[i] /= whole;
        }
        return energy;
    }

    @Test
    void classesAreNotSeparatedByTheirMeanImagesButByEdges() {
        DataSplit split = SyntheticImages.split(5, 32, 2_000, 1_000);
        assertThat(nearestMeanAccuracy(split, image -> image)).isBetween(0.05, 0.25);
        assertThat(nearestMeanAccuracy(split, image -> edges(image, 32))).isGreaterThan(0.5);
    }

    @Test
    void refusesImpossibleSizes() {
        assertThatThrownBy(() -> SyntheticImages.split(0, 7, 1, 1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("got 7");
        assertThatThrownBy(() -> SyntheticImages.split(0, 8, 0, 1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("train 0");
        assertThatThrownBy(() -> SyntheticImages.split(0, 1024, Integer.MAX_VALUE, Integer.MAX_VALUE))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("4294967294 images");
    }
}
