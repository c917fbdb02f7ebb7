package org.backpropaganda.autograd.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class DTypeTest {

    @ParameterizedTest
    @CsvSource({
        "FLOAT, 0, 0",
        "FLOAT, 3, 12",
        "DOUBLE, 3, 24",
        "INT, 3, 12",
        "BYTE, 3, 3",
        "BIT, 0, 0",
        "BIT, 1, 1",
        "BIT, 7, 1",
        "BIT, 8, 1",
        "BIT, 9, 2",
        "BIT, 4097, 513",
        "BIT, 9223372036854775807, 1152921504606846976",
        "FLOAT, 1152921504606846976, 4611686018427387904"
    })
    void countsBytes(DType dtype, long elements, long bytes) {
        assertThat(dtype.bytes(elements)).isEqualTo(bytes);
    }

    @ParameterizedTest
    @EnumSource(names = {"FLOAT", "DOUBLE", "INT"})
    void refusesWhatNoLongCounts(DType dtype) {
        assertThatExceptionOfType(ShapeException.class)
                .isThrownBy(() -> dtype.bytes(Long.MAX_VALUE))
                .withMessageContaining("more than 2^63-1 bytes");
    }
}
