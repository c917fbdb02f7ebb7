package org.backpropaganda.experiments.sequence;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.backpropaganda.experiments.UserException;
import org.junit.jupiter.api.Test;

class CopyTaskTest {
    private static final int BATCH = 3;

    private static double[] row(double[] all, int channels, int step, int example) {
        int from = (step * BATCH + example) * channels;
        return Arrays.copyOfRange(all, from, from + channels);
    }

    @Test
    void aSequenceIsAMarkSymbolsAMarkAnswersAndAnEnd() {
        CopyTask.Sequences read = CopyTask.sequences(new CopyLevel(2, 3), BATCH, 7, 0);
        int length = 4 * 2 + 3;
        assertThat(read.inputs()).hasSize(length * BATCH * 10);
        assertThat(read.targets()).hasSize(length * BATCH * 9);
        for (int b = 0; b < BATCH; b++) {
            assertThat(row(read.inputs(), 10, 0, b)).containsExactly(0, 0, 0, 0, 0, 0, 0, 0, 1, 0);
            assertThat(row(read.inputs(), 10, 3, b)).containsExactly(0, 0, 0, 0, 0, 0, 0, 0, 0, 3);
            for (int t = 0; t < length; t++) {
                double[] said = row(read.targets(), 9, t, b);
                if (t < 4) {
                    assertThat(said).containsOnly(0);
                } else if (t == length - 1) {
                    assertThat(said).containsExactly(0, 0, 0, 0, 0, 0, 0, 0, 1);
                } else {
                    double[] symbol = row(read.inputs(), 10, 1 + (t - 4) % 2, b);
                    assertThat(Arrays.copyOf(said, 8)).containsExactly(Arrays.copyOf(symbol, 8));
                    assertThat(said[8]).isZero();
                    assertThat(row(read.inputs(), 10, t, b)).containsOnly(0);
                }
            }
        }
        assertThat(Arrays.stream(read.inputs()).limit(6 * 10).boxed()).contains(1.0);
    }

    @Test
    void sequencesAreAFunctionOfSeedAndNumber() {
        CopyLevel level = new CopyLevel(4, 1);
        double[] first = CopyTask.sequences(level, BATCH, 1, 5).inputs();
        assertThat(CopyTask.sequences(level, BATCH, 1, 5).inputs()).containsExactly(first);
        assertThat(CopyTask.sequences(level, BATCH, 1, 6).inputs()).isNotEqualTo(first);
        assertThat(CopyTask.sequences(level, BATCH, 2, 5).inputs()).isNotEqualTo(first);
    }

    /** The repeat-copy lengths of Jaderberg et al. 2017, Table 1, that follow from levels with R ≤ N ≤ R + 1. */
    @Test
    void levelsRiseByASymbolOrARepeat() {
        assertThat(lengths(CopyTask.COPY)).containsExactly(5, 7, 9, 11, 13, 15);
        assertThat(lengths(CopyTask.REPEAT_COPY)).containsExactly(5, 7, 9, 12, 15, 19);
        assertThat(Stream.iterate(CopyLevel.FIRST, CopyTask.REPEAT_COPY::above)
                        .limit(20)
                        .map(CopyLevel::length))
                .contains(5, 7, 19, 23, 33, 39, 59, 67);
    }

    private static List<Integer> lengths(CopyTask task) {
        return Stream.iterate(CopyLevel.FIRST, task::above)
                .limit(6)
                .map(CopyLevel::length)
                .toList();
    }

    @Test
    void aLevelIsSolvedByTheMeanOfTenBatches() {
        CopyCurriculum curriculum = new CopyCurriculum(CopyTask.COPY);
        for (int i = 0; i < 10; i++) {
            curriculum.ended(i == 0 ? 0.6 : 0.11);
        }
        assertThat(curriculum.solved()).isNull();
        for (int i = 0; i < 10; i++) {
            assertThat(curriculum.level()).isEqualTo(CopyLevel.FIRST);
            curriculum.ended(i == 0 ? 0.4 : 0.11);
        }
        assertThat(curriculum.solved()).isEqualTo(CopyLevel.FIRST);
        assertThat(curriculum.level()).isEqualTo(new CopyLevel(2, 1));
        assertThat(curriculum.sequence()).isEqualTo(20);
    }

    @Test
    void anUnknownTaskIsRefused() {
        assertThat(CopyTask.named("repeat-copy")).isEqualTo(CopyTask.REPEAT_COPY);
        assertThatThrownBy(() -> CopyTask.named("sort"))
                .isInstanceOf(UserException.class)
                .hasMessage("unknown task 'sort': choose copy or repeat-copy");
    }
}
