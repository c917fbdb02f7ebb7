package org.backpropaganda.autograd.technique;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ByteSizeTest {
    @ParameterizedTest
    @CsvSource({
        "1, 1",
        "200, 200",
        "200B, 200",
        "3KiB, 3072",
        "200MiB, 209715200",
        "2GiB, 2147483648",
        "9223372036854775807, 9223372036854775807",
        "8589934591GiB, 9223372035781033984"
    })
    void areReadWithTheirUnit(String written, long bytes) {
        assertThat(ByteSize.parse(written)).isEqualTo(bytes);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "MiB", "12 potatoes", "-5", "-5MiB", "1.5MiB", "200MB", "200 MiB", "200mib", "1e3", "0x10"})
    void whatIsNoneIsQuoted(String written) {
        assertThatThrownBy(() -> ByteSize.parse(written))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("'" + written + "' is no number of bytes");
    }

    @ParameterizedTest
    @ValueSource(strings = {"9223372036854775808", "8589934592GiB", "99999999999999999999999B"})
    void whatNoLongCountsIsRefused(String written) {
        assertThatThrownBy(() -> ByteSize.parse(written)).hasMessageStartingWith("'" + written + "' is more than");
    }

    @ParameterizedTest
    @ValueSource(strings = {"0", "0B", "0GiB"})
    void nothingIsNoBudget(String written) {
        assertThatThrownBy(() -> ByteSize.parse(written))
                .hasMessage("a budget of " + written + " has room for nothing");
    }
}
