package org.backpropaganda.experiments.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

class PaletteTest {
    @Test
    void noColourComesAgainWithTheSameDash() {
        Set<String> seen = new HashSet<>();
        for (int i = 0; i < Palette.size(); i++) {
            assertThat(seen.add(
                            Palette.colour(i) + Arrays.toString(Palette.line(i).getDashArray())))
                    .as("series %d", i)
                    .isTrue();
        }
        assertThat(seen).hasSizeGreaterThan(40);
    }
}
