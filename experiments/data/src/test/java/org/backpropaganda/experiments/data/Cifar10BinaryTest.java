package org.backpropaganda.experiments.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class Cifar10BinaryTest {
    @TempDir
    Path dir;

    private void write(String name, byte[] content) {
        Fixtures.write(dir.resolve(name), content);
    }

    private void assertRefused(String... words) {
        assertThatThrownBy(() -> Cifar10Binary.open(dir))
                .isInstanceOf(DataException.class)
                .hasMessageContainingAll(words);
    }

    private static Map<String, byte[]> officialFiles() {
        Map<String, byte[]> files = new LinkedHashMap<>();
        files.put("cifar-10-batches-bin/", new byte[0]);
        files.put("cifar-10-batches-bin/data_batch_2.bin", Fixtures.cifar(4, 5));
        files.put("cifar-10-batches-bin/readme.html", new byte[700]);
        files.put("cifar-10-batches-bin/data_batch_1.bin", Fixtures.cifar(1, 2, 3));
        files.put("cifar-10-batches-bin/test_batch.bin", Fixtures.cifar(9));
        return files;
    }

    private static void assertOfficial(DataSplit split) {
        assertThat(labels(split.train())).containsExactly(1, 2, 3, 4, 5);
        assertThat(labels(split.test())).containsExactly(9);
        assertThat(Fixtures.image(split.train(), 3)).containsOnly(40 / 255f);
        assertThat(split.train().name()).isEqualTo("CIFAR-10 train, 2 binary files");
    }

    private static int[] labels(Dataset data) {
        int[] labels = new int[data.size()];
        Arrays.setAll(labels, data::label);
        return labels;
    }

    @Test
    void readsARecordAsItsDescriptionSays() {
        // 1 label byte; 1,024 red, 1,024 green, 1,024 blue bytes; the first 32 of each are the first row
        byte[] record = new byte[3073];
        record[0] = 6;
        record[1] = (byte) 255; // red of row 0, column 0
        record[1 + 1024] = (byte) 128; // green of row 0, column 0
        record[1 + 2048 + 31] = 51; // blue of row 0, column 31
        record[1 + 32] = 102; // red of row 1, column 0
        record[3072] = 1; // blue of row 31, column 31
        write("data_batch_1.bin", record);
        write("test_batch.bin", Fixtures.cifar(0));

        Dataset train = Cifar10Binary.open(dir).train();

        float[] image = Fixtures.image(train, 0);
        assertThat(ImageShape.of(train)).isEqualTo(new ImageShape(32, 32, 3));
        assertThat(train.classNames().get(train.label(0))).isEqualTo("frog");
        assertThat(image[0]).isEqualTo(1f);
        assertThat(image[1]).isEqualTo(128 / 255f);
        assertThat(image[31 * 3 + 2]).isEqualTo(51 / 255f);
        assertThat(image[32 * 3]).isEqualTo(102 / 255f);
        assertThat(image[3071]).isEqualTo(1 / 255f);
        assertThat(image).satisfies(values -> assertThat(count(values)).isEqualTo(5));
    }

    private static int count(float[] values) {
        int nonZero = 0;
        for (float value : values) {
            nonZero += value == 0 ? 0 : 1;
        }
        return nonZero;
    }

    @Test
    void readsTheFolderOfTheOfficialArchive() {
        officialFiles().forEach((name, content) -> {
            if (!name.endsWith("/")) {
                write(name, content);
            }
        });
        assertOfficial(Cifar10Binary.open(dir));
        assertOfficial(Cifar10Binary.open(dir.resolve("cifar-10-batches-bin")));
        assertOfficial(Datasets.open("cifar10", dir, 0));
    }

    @Test
    void readsTheOfficialTarArchive() {
        write("cifar-10-binary.tar.gz", Fixtures.gzip(Fixtures.tar(officialFiles())));
        assertOfficial(Cifar10Binary.open(dir));
        assertOfficial(Cifar10Binary.open(dir.resolve("cifar-10-binary.tar.gz")));
    }

    @Test
    void readsAZipArchive() {
        write("cifar-10-binary.zip", Fixtures.zip(officialFiles()));
        assertOfficial(Cifar10Binary.open(dir));
    }

    @Test
    void ordersBatchesByNumber() {
        write("data_batch_10.bin", Fixtures.cifar(3));
        write("data_batch_9.bin", Fixtures.cifar(2));
        write("test_batch.bin", Fixtures.cifar(0));
        assertThat(labels(Cifar10Binary.open(dir).train())).containsExactly(2, 3);
    }

    @Test
    void takesClassNamesFromTheMetaFile() {
        write("data_batch_1.bin", Fixtures.cifar(0));
        write("test_batch.bin", Fixtures.cifar(0));
        write("batches.meta.txt", "a\nb\nc\nd\ne\nf\ng\nh\ni\nj\n\n".getBytes(StandardCharsets.UTF_8));
        assertThat(Cifar10Binary.open(dir).test().classNames())
                .containsExactly("a", "b", "c", "d", "e", "f", "g", "h", "i", "j");
        write("batches.meta.txt", "a\nb\n".getBytes(StandardCharsets.UTF_8));
        assertRefused("batches.meta.txt", "2 class names");
    }

    @Test
    void refusesMissingFiles() {
        assertRefused("no data_batch_*.bin", dir.toString());
        write("test_batch.bin", Fixtures.cifar(0));
        assertRefused("no data_batch_1.bin");
    }

    @Test
    void refusesAMissingTestFile() {
        write("data_batch_1.bin", Fixtures.cifar(0));
        assertRefused("no test_batch.bin");
    }

    @Test
    void refusesEmptyAndTruncatedFiles() {
        write("data_batch_1.bin", new byte[0]);
        write("test_batch.bin", Fixtures.cifar(0));
        assertRefused("data_batch_1.bin", "is empty");
        write("data_batch_1.bin", Arrays.copyOf(Fixtures.cifar(0, 1), 2 * 3073 - 1));
        assertRefused("record 1 has 3072 bytes instead of 3073");
        write("data_batch_1.bin", Arrays.copyOf(Fixtures.cifar(0, 1), 2 * 3073 + 1));
        assertRefused("record 2 has 1 bytes instead of 3073");
    }

    @Test
    void refusesLabelsOutOfRange() {
        write("test_batch.bin", Fixtures.cifar(0));
        write("data_batch_1.bin", Fixtures.cifar(0, 10));
        assertRefused("label of record 1 is 10", "0 to 9");
        write("data_batch_1.bin", Fixtures.cifar(200));
        assertRefused("label of record 0 is 200");
    }

    @Test
    void refusesDamagedArchives() {
        byte[] archive = Fixtures.gzip(Fixtures.tar(officialFiles()));
        write("cifar-10-binary.tar.gz", Arrays.copyOf(archive, archive.length - 20));
        assertRefused("cifar-10-binary.tar.gz", "cannot be read");
        byte[] tar = Fixtures.tar(officialFiles());
        write("cifar-10-binary.tar.gz", Fixtures.gzip(Arrays.copyOf(tar, 2000)));
        assertRefused("ends inside a file");
        tar[124] = 'x';
        write("cifar-10-binary.tar.gz", Fixtures.gzip(tar));
        assertRefused("octal size");
        write("cifar-10-binary.tar.gz", new byte[100]);
        assertRefused("cannot be read");
    }

    @Test
    void refusesAZipThatIsNone() {
        write("cifar-10-binary.zip", new byte[100]);
        assertRefused("neither a directory nor a whole zip file");
    }
}
