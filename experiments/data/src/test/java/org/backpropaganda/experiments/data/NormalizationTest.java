package org.backpropaganda.experiments.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class NormalizationTest {
    @Test
    void computesMeanAndPopulationStdPerChannel() {
        byte[][] images = {{0, 51, (byte) 255, 51}, {0, 51, (byte) 255, 51}};
        Dataset data = new ByteImages("x", new ImageShape(1, 2, 2), List.of("a"), images, new int[2]);

        Normalization normalization = Normalization.of(data);

        assertThat(normalization.channels()).isEqualTo(2);
        assertThat(normalization.mean(0)).isEqualTo(0.5);
        assertThat(normalization.std(0)).isEqualTo(0.5);
        assertThat(normalization.mean(1)).isCloseTo(0.2, within(1e-7));
        assertThat(normalization.std(1)).as("a constant channel").isEqualTo(1);
        assertThat(normalization).hasToString("mean [0.5, 0.20000000298023224], std [0.5, 1.0]");
    }

    @Test
    void onlyCentresAConstantChannelWhateverItsMeanRoundsTo() {
        for (int value = 0; value < 256; value++) {
            byte[][] images = new byte[7][];
            Arrays.fill(images, new byte[] {(byte) value, (byte) value, (byte) value});
            Dataset data = new ByteImages("x", new ImageShape(1, 3, 1), List.of("a"), images, new int[7]);
            assertThat(Normalization.of(data).std(0)).isEqualTo(1);
        }
    }

    @Test
    void standardisesItsTrainSet() {
        Dataset data = SyntheticImages.split(3, 16, 200, 1).train();
        Normalization normalization = Normalization.of(data);
        double[] sum = new double[3];
        double[] squares = new double[3];
        for (Batch batch : Batches.of(data, 64).normalize(normalization).inOrder()) {
            for (int v = 0; v < batch.images().length; v++) {
                sum[v % 3] += batch.images()[v];
                squares[v % 3] += (double) batch.images()[v] * batch.images()[v];
            }
        }
        double pixels = 200.0 * 16 * 16;
        for (int c = 0; c < 3; c++) {
            assertThat(sum[c] / pixels).isCloseTo(0, within(1e-6));
            assertThat(squares[c] / pixels).isCloseTo(1, within(1e-5));
        }
    }

    @Test
    void identityChangesNothing() {
        float[] images = {0.1f, 0.7f, 1f};
        Normalization.identity(3).apply(images);
        assertThat(images).containsExactly(0.1f, 0.7f, 1f);
    }

    @Test
    void refusesPartsOfPixelsAndUnknownChannels() {
        assertThatThrownBy(() -> Normalization.identity(3).apply(new float[4]))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("4 values");
        assertThatThrownBy(() -> Normalization.identity(3).mean(3)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> Normalization.identity(3).std(-1)).isInstanceOf(IndexOutOfBoundsException.class);
    }
}
