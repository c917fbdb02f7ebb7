package org.backpropaganda.autograd.op;

import static org.assertj.core.api.Assertions.assertThat;
import static org.backpropaganda.autograd.testkit.Input.in;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.backpropaganda.autograd.graph.Op;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.testkit.Input;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** NaN and infinities go through normalisations, and no further than they must. */
class DivergedNormTest {
    private static final int ROWS = 6;
    private static final double INF = Double.POSITIVE_INFINITY;
    private static final double NAN = Double.NaN;

    /** Values of several signs and sizes, one of which is replaced. */
    private static Input rows(int channels, int at, double value) {
        return in(ROWS, channels).with((shape, random) -> {
            double[] drawn = random.doubles(shape.elements(), -2, 2).toArray();
            if (at >= 0) {
                drawn[at] = value;
            }
            return drawn;
        });
    }

    private static Input vector(int channels, double first) {
        double[] values = new double[channels];
        for (int c = 0; c < channels; c++) {
            values[c] = c == 0 ? first : 0.5;
        }
        return in(channels).of(values);
    }

    private static List<Double> column(List<Double> matrix, int channels, int c) {
        List<Double> column = new ArrayList<>();
        for (int i = c; i < matrix.size(); i += channels) {
            column.add(matrix.get(i));
        }
        return column;
    }

    static Stream<Arguments> channels() {
        return Stream.of(DType.FLOAT, DType.DOUBLE)
                .flatMap(dtype -> Stream.of(1, 3, 8, 16, 24, 32).map(c -> Arguments.of(dtype, c)));
    }

    /** With a ReLU behind them too, whose derivative at NaN is 1, as PyTorch's. */
    @ParameterizedTest
    @MethodSource("channels")
    void oneSpoilsItsChannelOfABatchNormAndNoOther(DType dtype, int channels) {
        for (Op op : List.of(new BatchNorm(1e-5), new BatchNormRelu(1e-5))) {
            for (double value : new double[] {NAN, INF, -INF}) {
                Golden sound =
                        Golden.of(dtype, op, rows(channels, -1, 0), vector(channels, 0.5), vector(channels, 0.5));
                Golden golden = Golden.of(
                        dtype, op, rows(channels, channels, value), vector(channels, 0.5), vector(channels, 0.5));
                assertThat(column(golden.output(), channels, 0)).containsOnly(NAN);
                assertThat(column(golden.gradients().get(0), channels, 0)).containsOnly(NAN);
                assertThat(golden.gradients().get(1).get(0)).isNaN();
                assertThat(golden.gradients().get(2).get(0)).isEqualTo(ROWS);
                for (int c = 1; c < channels; c++) {
                    assertThat(column(golden.output(), channels, c)).isEqualTo(column(sound.output(), channels, c));
                    assertThat(column(golden.gradients().get(0), channels, c))
                            .isEqualTo(column(sound.gradients().get(0), channels, c));
                    assertThat(golden.gradients().get(2).get(c))
                            .isEqualTo(sound.gradients().get(2).get(c));
                }
            }
        }
    }

    /** Channels that fill no vectors lie beside their copies where there are many rows. */
    @Test
    void oneSpoilsItsChannelOfAFoldedBatchNormAndNoOther() {
        int channels = 3;
        Input x = in(1 << 14, channels).with((shape, random) -> {
            double[] drawn = random.doubles(shape.elements(), -2, 2).toArray();
            drawn[channels * 777] = NAN;
            return drawn;
        });
        for (Op op : List.of(new BatchNorm(1e-5), new BatchNormRelu(1e-5))) {
            Golden golden = Golden.of(DType.FLOAT, op, x, vector(channels, 0.5), vector(channels, 0.5));
            assertThat(column(golden.output(), channels, 0)).containsOnly(NAN);
            assertThat(column(golden.gradients().get(0), channels, 0)).containsOnly(NAN);
            assertThat(column(golden.output(), channels, 1)).allMatch(Double::isFinite);
            assertThat(column(golden.gradients().get(0), channels, 2)).allMatch(Double::isFinite);
        }
    }

    @ParameterizedTest
    @MethodSource("channels")
    void weightsThatAreNotFiniteSpoilTheirChannelOfARectifiedBatchNorm(DType dtype, int channels) {
        Op op = new BatchNormRelu(1e-5);
        Input x = rows(channels, -1, 0);
        List<Double> unscaled = column(
                Golden.of(dtype, new BatchNorm(1e-5), x, vector(channels, 1), vector(channels, 0))
                        .output(),
                channels,
                0);
        Golden scale = Golden.of(dtype, op, x, vector(channels, NAN), vector(channels, 0));
        assertThat(column(scale.output(), channels, 0)).containsOnly(NAN);
        assertThat(scale.gradients().get(2).get(0)).isEqualTo(ROWS);
        Golden shift = Golden.of(dtype, op, x, vector(channels, 1), vector(channels, NAN));
        assertThat(column(shift.output(), channels, 0)).containsOnly(NAN);
        Golden far = Golden.of(dtype, op, x, vector(channels, 1), vector(channels, INF));
        assertThat(column(far.output(), channels, 0)).containsOnly(INF);
        Golden steep = Golden.of(dtype, op, x, vector(channels, INF), vector(channels, 0));
        assertThat(column(steep.output(), channels, 0))
                .isEqualTo(
                        unscaled.stream().map(normal -> normal > 0 ? INF : 0.0).toList());
    }

    /** Constant statistics keep one row's misfortune to itself. */
    @ParameterizedTest
    @EnumSource(names = {"FLOAT", "DOUBLE"})
    void anElementOfAnEvaluatedBatchNormSpoilsItselfAlone(DType dtype) {
        Golden golden = Golden.of(
                dtype,
                new BatchNormInference(0),
                in(3, 1).of(NAN, INF, 3),
                in(1).of(2),
                in(1).of(1),
                in(1).of(1).constant(),
                in(1).of(4).constant());
        assertThat(golden.output()).containsExactly(NAN, INF, 3.0);
        assertThat(golden.gradients().get(0)).containsExactly(1.0, 1.0, 1.0);
    }

    @ParameterizedTest
    @EnumSource(names = {"FLOAT", "DOUBLE"})
    void oneSpoilsItsRow(DType dtype) {
        int channels = 8;
        for (double value : new double[] {NAN, INF}) {
            Input x = rows(channels, channels + 3, value);
            Input gamma = vector(channels, 0.5);
            List<Golden> norms = List.of(
                    Golden.of(dtype, new LayerNorm(1e-5), x, gamma, gamma),
                    Golden.of(dtype, new GroupNorm(1, 1e-5), x, gamma, gamma));
            for (Golden golden : norms) {
                assertThat(golden.output().subList(channels, 2 * channels)).containsOnly(NAN);
                assertThat(golden.gradients().get(0).subList(channels, 2 * channels))
                        .containsOnly(NAN);
                assertThat(golden.gradients().get(1)).containsOnly(NAN);
                assertThat(golden.output().subList(0, channels)).allMatch(Double::isFinite);
                assertThat(golden.gradients().get(0).subList(2 * channels, 3 * channels))
                        .allMatch(Double::isFinite);
            }
        }
        Golden root = Golden.of(dtype, new RmsNorm(1e-5), rows(channels, channels + 3, NAN), vector(channels, 0.5));
        assertThat(root.output().subList(channels, 2 * channels)).containsOnly(NAN);
        assertThat(root.output().subList(2 * channels, 3 * channels)).allMatch(Double::isFinite);
    }
}
