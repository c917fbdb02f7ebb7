package org.backpropaganda.experiments.reproduce;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CopyReproductionTest {
    @Test
    void publishedFiguresStandBesideOursAndRunsGoOn(@TempDir Path directory) {
        CopyReproduction.Sizes sizes = new CopyReproduction.Sizes(4, 2, 3, 1e-3, 1e-3, 1, 1);
        List<String> said = new ArrayList<>();
        CopyReproduction copy = new CopyReproduction(sizes, directory);
        List<Reproduction.Figure> figures = copy.trained((what, step, of) -> said.add(what + " " + step));
        assertThat(figures.stream().map(Reproduction.Figure::published))
                .containsExactly("8", "18", "2.25", "18", "2.25", "8", "14", "1.75", "17", "2.13");
        assertThat(said).hasSize(6 * 4).contains("copy, T = 3, dni-aux 4");
        said.clear();
        assertThat(copy.trained((what, step, of) -> said.add(what))).isEqualTo(figures);
        assertThat(said).isEmpty();
        assertThat(copy.differences()).hasSize(2).first().asString().contains("width 3");
    }
}
