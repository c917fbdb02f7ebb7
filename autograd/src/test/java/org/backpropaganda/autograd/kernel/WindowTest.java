package org.backpropaganda.autograd.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class WindowTest {
    /** Counted by hand: P is padding, a window is written by its taps. */
    @ParameterizedTest
    @CsvSource({
        // P 0 P: taps at −1, 1
        "1, 1, 2, 1, 2, 2",
        // P 0 P: taps at −1, 0, 1
        "1, 1, 1, 1, 1, 2",
        // taps at (−1, 1) of a single pixel: on both sides of it
        "1, 2, 1, 1, 2, 1",
        // taps at (−2, −1), (−1, 0), (0, 1), (1, 2), (2, 3) of two pixels
        "2, 2, 1, 2, 1, 2",
        // taps at (−1, 0, 1), (1, 2, 3)
        "3, 3, 2, 1, 1, 0",
        // taps at (−5, −3, −1), (−3, −1, 1), (−1, 1, 3), (1, 3, 5) of a single pixel
        "1, 3, 2, 5, 2, 4",
        // taps at (−4, −2), (−1, 1) of a single pixel, and (2, 4)
        "1, 2, 3, 4, 2, 3"
    })
    void windowsThatSeePaddingAlone(int size, int kernel, int stride, int padding, int dilation, long expected) {
        Window columns = new Window(1, kernel, 1, stride, 0, padding, 1, dilation);
        assertThat(columns.paddingColumns(size)).isEqualTo(expected);
        assertThat(columns.paddingRows(size)).isZero();
        Window rows = new Window(kernel, 1, stride, 1, padding, 0, dilation, 1);
        assertThat(rows.paddingRows(size)).isEqualTo(expected);
        assertThat(rows.paddingColumns(size)).isZero();
    }
}
