package org.backpropaganda.autograd.op;

import static org.assertj.core.api.Assertions.assertThat;
import static org.backpropaganda.autograd.testkit.Input.in;

import java.util.List;
import java.util.stream.Stream;
import org.backpropaganda.autograd.kernel.Window;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.testkit.Input;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** NaN in a pixel is NaN in every place whose window holds the pixel, and nowhere else. */
class DivergedConvolutionTest {
    private static final double NAN = Double.NaN;

    private static Input image(int width, int channels, int column) {
        return in(1, 1, width, channels).with((shape, random) -> {
            double[] drawn = random.doubles(shape.elements(), 0.5, 1).toArray();
            for (int c = 0; c < channels; c++) {
                drawn[column * channels + c] = NAN;
            }
            return drawn;
        });
    }

    static Stream<Arguments> channels() {
        return Stream.of(DType.FLOAT, DType.DOUBLE)
                .flatMap(dtype -> Stream.of(1, 3, 16).map(c -> Arguments.of(dtype, c)));
    }

    /** Windows at −1, 1, 3, 5 of seven columns: the second and third hold column 3. */
    @ParameterizedTest
    @MethodSource("channels")
    void convolution(DType dtype, int channels) {
        Window window = new Window(1, 3, 1, 2, 0, 1, 1, 1);
        Golden golden =
                Golden.of(dtype, new Conv2d(window, 1), image(7, channels, 3), in(1, channels, 1, 3), in(1).of(1));
        assertThat(golden.output().stream().map(y -> y.isNaN())).containsExactly(false, true, true, false);
        assertThat(golden.gradients().get(0)).allMatch(Double::isFinite);
        List<Double> dw = golden.gradients().get(1);
        for (int i = 0; i < dw.size(); i++) {
            // The first tap lies on column 3 of the third window, the last on that of the second.
            assertThat(dw.get(i).isNaN()).as("tap %d", i % 3).isEqualTo(i % 3 != 1);
        }
    }

    /** A pixel of two spreads to columns 1 to 3 of five. */
    @ParameterizedTest
    @MethodSource("channels")
    void transposedConvolution(DType dtype, int channels) {
        Window window = new Window(1, 3, 1, 2, 0, 1, 1, 1);
        Golden golden = Golden.of(
                dtype, new ConvTranspose2d(window, 1, 1, 5), image(3, channels, 1), in(channels, 1, 1, 3), in(1).of(1));
        assertThat(golden.output().stream().map(y -> y.isNaN())).containsExactly(false, true, true, true, false);
        assertThat(golden.gradients().get(0)).allMatch(Double::isFinite);
        assertThat(golden.gradients().get(1)).containsOnly(NAN);
    }

    /** A neighbour of weight 0 counts, as in PyTorch. */
    @ParameterizedTest
    @EnumSource(names = {"FLOAT", "DOUBLE"})
    void resizedImages(DType dtype) {
        Input x = in(1, 1, 3, 1).of(1, NAN, 2);
        assertThat(Golden.of(dtype, new UpsampleNearest(2), x).output().subList(0, 6))
                .containsExactly(1.0, 1.0, NAN, NAN, 2.0, 2.0);
        assertThat(Golden.of(dtype, new UpsampleBilinear(1, 6, false), x).output())
                .containsExactly(NAN, NAN, NAN, NAN, NAN, 2.0);
        assertThat(Golden.of(dtype, new TopK(1, true), in(3).of(1, NAN, 2)).output())
                .containsExactly(NAN);
        assertThat(Golden.of(dtype, new TopK(1, false), in(3).of(NAN, 1, 2)).output())
                .containsExactly(1.0);
    }
}
