package org.backpropaganda.experiments.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Facts of the published sets, on the files of the folder that holds real data; skipped where it is absent. */
class RealDataTest {
    private static final String PROPERTY = "backpropaganda.data";

    private static Path data(String kind) {
        String given = System.getProperty(PROPERTY);
        Optional<Path> root = given != null
                ? Optional.of(Path.of(given))
                : Stream.iterate(Path.of("").toAbsolutePath(), Objects::nonNull, Path::getParent)
                        .map(above -> above.resolve("shared/data"))
                        .filter(Files::isDirectory)
                        .findFirst();
        assumeTrue(
                root.isPresent(),
                "skipped: no real data in a directory shared/data beside the project; set -D" + PROPERTY
                        + "=<directory>");
        Path directory = root.orElseThrow().resolve(kind);
        assumeTrue(Files.isDirectory(directory), "skipped: there is no directory " + directory);
        return directory;
    }

    private static int[] histogram(Dataset data) {
        int[] counts = new int[data.classes()];
        for (int i = 0; i < data.size(); i++) {
            counts[data.label(i)]++;
        }
        return counts;
    }

    @Test
    void cifar10HasItsClassesCountsAndColours() {
        DataSplit split = Datasets.open("cifar10", data("cifar10"), 0);
        assertThat(split.train().size()).isEqualTo(30_000);
        assertThat(split.test().size()).isEqualTo(10_000);
        assertThat(histogram(split.train())).containsOnly(3_000);
        assertThat(histogram(split.test())).containsOnly(1_000);
        assertThat(split.train().classNames())
                .containsExactly(
                        "airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck");

        // widely published statistics of the 50,000 original train images
        Normalization normalization = Normalization.of(split.train());
        double[] mean = {0.4914, 0.4822, 0.4465};
        double[] std = {0.2470, 0.2435, 0.2616};
        for (int c = 0; c < 3; c++) {
            assertThat(normalization.mean(c)).isCloseTo(mean[c], within(0.005));
            assertThat(normalization.std(c)).isCloseTo(std[c], within(0.005));
        }
    }

    @Test
    void mnistHasItsCountsAndFirstLabels() {
        DataSplit split = Datasets.open("mnist", data("mnist"), 0);
        Path train = data("mnist").resolve("train-images-idx3-ubyte");
        assumeTrue(
                split.train().name().startsWith("MNIST t10k"),
                "skipped: the whole set is there, beginning at " + train);
        assertThat(ImageShape.of(split.train())).isEqualTo(new ImageShape(28, 28, 1));
        assertThat(split.train().size()).isEqualTo(8_000);
        assertThat(split.test().size()).isEqualTo(2_000);

        // the test set's well-known beginning, and its number of images of each digit
        int[] first = {7, 2, 1, 0, 4, 1, 4, 9, 5, 9};
        for (int i = 0; i < first.length; i++) {
            assertThat(split.train().label(i)).isEqualTo(first[i]);
        }
        int[] counts = histogram(split.train());
        int[] rest = histogram(split.test());
        for (int k = 0; k < 10; k++) {
            counts[k] += rest[k];
        }
        assertThat(counts).containsExactly(980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009);
        assertThat(Normalization.of(split.train()).mean(0)).isCloseTo(0.1307, within(0.005));
    }
}
