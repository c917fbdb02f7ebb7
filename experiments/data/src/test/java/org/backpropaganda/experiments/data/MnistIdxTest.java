package org.backpropaganda.experiments.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MnistIdxTest {
    @TempDir
    Path dir;

    private void write(String name, byte[] content) {
        Fixtures.write(dir.resolve(name), content);
    }

    private void writeTest(byte[] images, byte[] labels) {
        write("t10k-images-idx3-ubyte", images);
        write("t10k-labels-idx1-ubyte", labels);
    }

    private void assertRefused(String... words) {
        assertThatThrownBy(() -> MnistIdx.open(dir))
                .isInstanceOf(DataException.class)
                .hasMessageContainingAll(words);
    }

    @Test
    void readsTheLayoutOfTheFormatsDescription() {
        // magic 2051, 2 images, 1 row, 3 columns, pixels row by row
        write(
                "t10k-images-idx3-ubyte",
                HexFormat.of().parseHex("00000803" + "00000002" + "00000001" + "00000003" + "0033ff" + "102030"));
        // magic 2049, 2 labels, the labels
        write("t10k-labels-idx1-ubyte", HexFormat.of().parseHex("00000801" + "00000002" + "0709"));
        write(
                "train-images-idx3-ubyte",
                HexFormat.of().parseHex("00000803" + "00000001" + "00000001" + "00000003" + "000000"));
        write("train-labels-idx1-ubyte", HexFormat.of().parseHex("00000801" + "00000001" + "05"));

        DataSplit split = MnistIdx.open(dir);

        assertThat(split.test().height()).isEqualTo(1);
        assertThat(split.test().width()).isEqualTo(3);
        assertThat(split.test().channels()).isEqualTo(1);
        assertThat(split.test().classNames()).containsExactly("0", "1", "2", "3", "4", "5", "6", "7", "8", "9");
        assertThat(Fixtures.image(split.test(), 0)).containsExactly(0f, 0x33 / 255f, 1f);
        assertThat(split.test().label(0)).isEqualTo(7);
        assertThat(split.test().label(1)).isEqualTo(9);
        assertThat(split.train().label(0)).isEqualTo(5);
    }

    @ParameterizedTest
    @CsvSource({
        "-idx, '', false",
        "-idx, '', true",
        "-idx, .gz, false",
        "-idx, .gz, true",
        ".idx, '', false",
        ".idx, .gz, true",
    })
    void acceptsEveryNameAndTellsGzipByContent(String separator, String suffix, boolean gzipped) {
        byte[] images = Fixtures.idxImages(10);
        byte[] labels = Fixtures.idxLabels(10);
        for (String part : new String[] {"train", "t10k"}) {
            write(part + "-images" + separator + "3-ubyte" + suffix, gzipped ? Fixtures.gzip(images) : images);
            write(part + "-labels" + separator + "1-ubyte" + suffix, gzipped ? Fixtures.gzip(labels) : labels);
        }

        DataSplit split = MnistIdx.open(dir);

        assertThat(split.train().size()).isEqualTo(10);
        assertThat(Fixtures.image(split.test(), 9)).containsOnly(9 / 255f);
        assertThat(split.test().label(9)).isEqualTo(9);
    }

    @Test
    void splitsTheTestSetWhereItIsAloneAndSaysSo() {
        writeTest(Fixtures.idxImages(10), Fixtures.idxLabels(10));

        DataSplit split = MnistIdx.open(dir);

        assertThat(split.train().name()).isEqualTo("MNIST t10k, first 8 of 10");
        assertThat(split.test().name()).isEqualTo("MNIST t10k, last 2 of 10");
        assertThat(split.train().size()).isEqualTo(8);
        assertThat(split.test().size()).isEqualTo(2);
        assertThat(split.test().label(0)).isEqualTo(8);
        assertThat(Fixtures.image(split.test(), 0)).containsOnly(8 / 255f);
    }

    @Test
    void refusesMissingFilesAndDirectories() {
        assertRefused("no t10k-labels-idx1-ubyte", dir.toString());
        writeTest(Fixtures.idxImages(10), Fixtures.idxLabels(10));
        write("train-images-idx3-ubyte", Fixtures.idxImages(10));
        assertRefused("no train-labels-idx1-ubyte");
        assertThatThrownBy(() -> MnistIdx.open(dir.resolve("nowhere")))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("nowhere is not a directory");
    }

    @Test
    void refusesAnotherMagicNumber() {
        writeTest(Fixtures.idxLabels(10), Fixtures.idxLabels(10));
        assertRefused("t10k-images", "0x00000803", "0x00000801");
        writeTest(Fixtures.idx(0xd03, new int[] {1, 1, 1}, new byte[4]), Fixtures.idxLabels(1));
        assertRefused("0x00000d03");
    }

    @ParameterizedTest
    @CsvSource({"0", "2", "7", "15"})
    void refusesAFileThatEndsInsideItsHeader(int length) {
        writeTest(Arrays.copyOf(Fixtures.idxImages(10), length), Fixtures.idxLabels(10));
        assertRefused("t10k-images", "ends before");
    }

    @Test
    void refusesTruncatedImages() {
        writeTest(Arrays.copyOf(Fixtures.idxImages(10), 16 + 4 * 7 + 1), Fixtures.idxLabels(10));
        assertRefused("promises 10 images", "holds 7 whole ones");
    }

    @Test
    void refusesTruncatedLabels() {
        writeTest(Fixtures.idxImages(10), Arrays.copyOf(Fixtures.idxLabels(10), 12));
        assertRefused("promises 10 labels", "holds 4");
    }

    @Test
    void refusesTrailingBytes() {
        byte[] images = Fixtures.idxImages(10);
        writeTest(Arrays.copyOf(images, images.length + 1), Fixtures.idxLabels(10));
        assertRefused("promises 10 images", "more bytes follow");
    }

    @Test
    void refusesDamagedGzipFiles() {
        byte[] gzipped = Fixtures.gzip(Fixtures.idxImages(10));
        writeTest(Arrays.copyOf(gzipped, gzipped.length / 2), Fixtures.idxLabels(10));
        assertRefused("t10k-images", "ends before");
        gzipped[gzipped.length - 6] ^= 1;
        writeTest(gzipped, Fixtures.idxLabels(10));
        assertRefused("t10k-images", "damaged");
    }

    @Test
    void refusesAnEmptySet() {
        writeTest(Fixtures.idxImages(0), Fixtures.idxLabels(0));
        assertRefused("gives 0 as the number of labels");
    }

    @Test
    void allocatesNothingForAHostileHeader() {
        int[][] hostile = {
            {0x80000000, 28, 28},
            {Integer.MAX_VALUE, 28, 28},
            {Integer.MAX_VALUE, 1, 1},
            {20_000_000, 1, 1},
            {1, 0x7fffffff, 28},
            {1, 28, -1}
        };
        for (int[] sizes : hostile) {
            writeTest(Fixtures.idx(0x803, sizes, new byte[100]), Fixtures.idxLabels(10));
            assertRefused("t10k-images");
            writeTest(Fixtures.gzip(Fixtures.idx(0x803, sizes, new byte[100])), Fixtures.idxLabels(10));
            assertRefused("t10k-images");
        }
        writeTest(Fixtures.idxImages(10), Fixtures.idx(0x801, new int[] {400_000_000}, new byte[10]));
        assertRefused("t10k-labels", "400000000");
        writeTest(Fixtures.idxImages(10), Fixtures.idx(0x801, new int[] {100_000_000}, new byte[10]));
        assertRefused("promises 100000000 labels", "holds 10");
    }

    @Test
    void refusesLabelsOutOfRange() {
        writeTest(Fixtures.idxImages(2), Fixtures.idx(0x801, new int[] {2}, (byte) 3, (byte) 200));
        assertRefused("label 1 is 200", "0 to 9");
    }

    @Test
    void refusesDifferentCounts() {
        writeTest(Fixtures.idxImages(10), Fixtures.idxLabels(9));
        assertRefused("10 images", "9 labels");
    }

    @Test
    void refusesASetTooSmallToSplit() {
        writeTest(Fixtures.idxImages(1), Fixtures.idxLabels(1));
        assertRefused("too few to split");
    }
}
