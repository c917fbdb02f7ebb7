package org.backpropaganda.experiments.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What comes out of the file is what went in, to the bit. */
class SplitFileTest {
    @TempDir
    private Path directory;

    private Path file;

    @BeforeEach
    void name() {
        file = directory.resolve("split.bin");
    }

    private SplitFile.Content through(DataSplit split) throws IOException {
        SplitFile.write(file, new SplitFile.Content(split, Normalization.of(split.train())));
        return SplitFile.read(file);
    }

    private static void assertSame(Dataset read, Dataset written) {
        assertThat(read.name()).isEqualTo(written.name());
        assertThat(read.classNames()).isEqualTo(written.classNames());
        assertThat(ImageShape.of(read)).isEqualTo(ImageShape.of(written));
        assertThat(read.size()).isEqualTo(written.size());
        for (int i = 0; i < written.size(); i++) {
            assertThat(read.label(i)).isEqualTo(written.label(i));
            assertThat(Fixtures.image(read, i)).isEqualTo(Fixtures.image(written, i));
        }
    }

    @Test
    void bytesComeBack() throws IOException {
        DataSplit split = SyntheticImages.split(7);
        SplitFile.Content content = through(split);
        assertSame(content.split().train(), split.train());
        assertSame(content.split().test(), split.test());
        assertThat(content.normalization())
                .hasToString(Normalization.of(split.train()).toString());
        long values = (long) (split.train().size() + split.test().size()) * 32 * 32 * 3;
        assertThat(Files.size(file)).isBetween(values, values + values / 100);
    }

    @Test
    void floatsThatNoByteHoldsComeBack() throws IOException {
        float[][] images = {{0.1f, Math.nextUp(0.1f)}, {1f, Float.MIN_VALUE}};
        Dataset grey = new FloatImages("grün", new ImageShape(1, 2, 1), List.of("a", "ß"), images, new int[] {1, 0});
        SplitFile.Content content = through(new DataSplit(grey, grey));
        assertSame(content.split().train(), grey);
        assertSame(content.split().test(), grey);
    }

    @Test
    void whatIsCutShortOrNoneIsRefused() throws IOException {
        through(SyntheticImages.split(7));
        byte[] bytes = Files.readAllBytes(file);
        Files.write(file, Arrays.copyOf(bytes, bytes.length - 1));
        assertThatThrownBy(() -> SplitFile.read(file))
                .isInstanceOf(DataException.class)
                .hasMessageStartingWith(file + ": cannot be read (");
        Files.write(file, new byte[100]);
        assertThatThrownBy(() -> SplitFile.read(file))
                .isInstanceOf(DataException.class)
                .hasMessage(file + ": is no file of a split; give one that a comparison wrote");
    }
}
