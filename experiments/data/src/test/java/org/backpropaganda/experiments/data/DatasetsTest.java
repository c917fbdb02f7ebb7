package org.backpropaganda.experiments.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DatasetsTest {
    @TempDir
    Path dir;

    private static void assertRefused(String kind, @Nullable Path directory, String... words) {
        assertThatThrownBy(() -> Datasets.open(kind, directory, 0))
                .isInstanceOf(DataException.class)
                .hasMessageContainingAll(words);
    }

    @Test
    void syntheticNeedsNoDirectoryAndFollowsTheSeed() {
        Dataset one = Datasets.open("synthetic", null, 1).train();
        Dataset two = Datasets.open("synthetic", null, 2).train();
        assertThat(one.name()).isEqualTo("synthetic train, seed 1");
        assertThat(Fixtures.image(one, 0)).isNotEqualTo(Fixtures.image(two, 0));
    }

    @Test
    void refusesUnknownKinds() {
        assertRefused("imagenet", dir, "'imagenet'", "cifar10, images, mnist or synthetic");
    }

    @Test
    void refusesMissingDirectories() {
        assertRefused("cifar10", null, "none was given");
        assertRefused("mnist", dir.resolve("nowhere"), "nowhere does not exist");
        assertRefused("cifar10", dir, "neither the binary version", "train.zip");
        assertRefused("mnist", dir, "no t10k-labels");
        assertRefused("images", dir, "train.zip");
    }

    @Test
    void looksIntoAFolderNamedAsTheKind() {
        Fixtures.write(dir.resolve("mnist/t10k-images-idx3-ubyte"), Fixtures.idxImages(10));
        Fixtures.write(dir.resolve("mnist/t10k-labels-idx1-ubyte"), Fixtures.idxLabels(10));
        assertThat(Datasets.open("mnist", dir, 0).train().size()).isEqualTo(8);
        assertThat(Datasets.open("mnist", dir.resolve("mnist"), 0).train().size())
                .isEqualTo(8);
    }

    @Test
    void refusesAnotherImageFolderAsCifar10() {
        byte[] zip = Fixtures.zip(Map.of("a/1.png", Fixtures.png(32, 32, 0)));
        Fixtures.write(dir.resolve("train.zip"), zip);
        Fixtures.write(dir.resolve("test.zip"), zip);
        assertRefused("cifar10", dir, "10 classes", "1 classes of [32, 32, 3]");
    }
}
