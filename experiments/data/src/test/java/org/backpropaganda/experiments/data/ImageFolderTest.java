package org.backpropaganda.experiments.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ImageFolderTest {
    private static final byte[] RED = Fixtures.png(4, 3, 0xff0000);
    private static final byte[] BLUE = Fixtures.png(4, 3, 0x0000ff);
    private static final byte[] GREEN = Fixtures.png(4, 3, 0x00ff00);

    @TempDir
    Path dir;

    private Path zip(String name, Map<String, byte[]> files) {
        return Fixtures.write(dir.resolve(name), Fixtures.zip(files));
    }

    private static void assertRefused(Path root, String... words) {
        assertThatThrownBy(() -> ImageFolder.read(root))
                .isInstanceOf(DataException.class)
                .hasMessageContainingAll(words);
    }

    private static void assertRedAndBlue(Dataset data) {
        assertThat(ImageShape.of(data)).isEqualTo(new ImageShape(3, 4, 3));
        assertThat(data.classNames()).containsExactly("cool", "warm");
        assertThat(data.size()).isEqualTo(3);
        assertThat(new int[] {data.label(0), data.label(1), data.label(2)}).containsExactly(0, 1, 1);
        assertThat(lastPixel(data, 0)).containsExactly(0f, 0f, 1f);
        assertThat(lastPixel(data, 1)).containsExactly(1f, 0f, 0f);
        assertThat(lastPixel(data, 2)).containsExactly(0f, 1f, 0f);
        assertThat(Arrays.copyOf(Fixtures.image(data, 1), 6)).containsExactly(0f, 0f, 0f, 1f, 0f, 0f);
    }

    private static float[] lastPixel(Dataset data, int index) {
        float[] image = Fixtures.image(data, index);
        return Arrays.copyOfRange(image, image.length - 3, image.length);
    }

    @Test
    void readsADirectory() {
        Fixtures.write(dir.resolve("train/warm/2.PNG"), GREEN);
        Fixtures.write(dir.resolve("train/warm/1.png"), RED);
        Fixtures.write(dir.resolve("train/cool/9.png"), BLUE);
        Fixtures.write(dir.resolve("train/.DS_Store"), new byte[9]);
        Fixtures.write(dir.resolve("train/cool/.hidden.png"), new byte[9]);
        Fixtures.write(dir.resolve("train/cool/Thumbs.db"), new byte[9]);
        Fixtures.write(dir.resolve("train/README.txt"), new byte[9]);

        Dataset data = ImageFolder.read(dir.resolve("train"));

        assertRedAndBlue(data);
        assertThat(data.name()).isEqualTo(dir.getFileName() + "/train");
    }

    @Test
    void readsAZipWithOrWithoutATopFolder() {
        for (String top : new String[] {"", "train/", "data/train/"}) {
            Map<String, byte[]> files = new LinkedHashMap<>();
            files.put(top + "warm/2.png", GREEN);
            files.put(top + "warm/", new byte[0]);
            files.put(top + "warm/1.png", RED);
            files.put(top + "cool/9.png", BLUE);
            files.put("__MACOSX/" + top + "cool/9.png", new byte[3]);
            files.put(top + "cool/._9.png", new byte[3]);
            files.put(top + "LICENSE", new byte[3]);
            assertRedAndBlue(ImageFolder.read(zip("a.zip", files)));
        }
    }

    @Test
    void acceptsBackslashesInZipNames() {
        assertThat(ImageFolder.read(zip("a.zip", Map.of("warm\\1.png", RED))).classNames())
                .containsExactly("warm");
    }

    @Test
    void opensTrainAndTestFromFoldersOrZips() {
        zip("train.zip", Map.of("a/1.png", RED, "b/1.png", BLUE));
        Fixtures.write(dir.resolve("test/a/1.png"), RED);
        Fixtures.write(dir.resolve("test/b/1.png"), BLUE);

        DataSplit split = ImageFolder.open(dir);

        assertThat(split.train().size()).isEqualTo(2);
        assertThat(split.test().size()).isEqualTo(2);
        assertThat(Datasets.open("images", dir, 0).test().classNames()).containsExactly("a", "b");
    }

    @Test
    void refusesASplitWithoutItsTestPart() {
        zip("train.zip", Map.of("a/1.png", RED));
        assertThatThrownBy(() -> ImageFolder.open(dir))
                .isInstanceOf(DataException.class)
                .hasMessageContainingAll("folder test", "test.zip");
    }

    @Test
    void refusesDifferentClasses() {
        zip("train.zip", Map.of("a/1.png", RED, "b/1.png", RED));
        zip("test.zip", Map.of("a/1.png", RED));
        assertThatThrownBy(() -> ImageFolder.open(dir))
                .isInstanceOf(DataException.class)
                .hasMessageContainingAll("same classes", "[a, b]", "[a]");
    }

    @Test
    void refusesDifferentSizesOfTrainAndTest() {
        zip("train.zip", Map.of("a/1.png", RED));
        zip("test.zip", Map.of("a/1.png", Fixtures.png(4, 4, 0)));
        assertThatThrownBy(() -> ImageFolder.open(dir))
                .isInstanceOf(DataException.class)
                .hasMessageContainingAll("[3, 4, 3]", "[4, 4, 3]");
    }

    @Test
    void refusesMixedSizesNamingTheFirstFileThatDiffers() {
        Map<String, byte[]> files = new LinkedHashMap<>();
        for (int i = 1000; i < 2000; i++) {
            files.put("a/" + i + ".png", i == 1300 || i == 1900 ? Fixtures.png(5, 3, i) : RED);
        }
        assertRefused(zip("a.zip", files), "a.zip/a/1300.png", "5×3", "4×3");
    }

    @Test
    void refusesEmptyAndMissingSets() throws IOException {
        assertRefused(zip("empty.zip", Map.of()), "empty.zip", "holds no");
        assertRefused(zip("other.zip", Map.of("a/1.txt", RED)), "holds no");
        assertRefused(Files.createDirectory(dir.resolve("empty")), "holds no");
        assertRefused(dir.resolve("nowhere"), "does not exist");
        assertRefused(Fixtures.write(dir.resolve("x.zip"), new byte[0]), "x.zip", "zip file");
        byte[] whole = Fixtures.zip(Map.of("a/1.png", RED));
        assertRefused(Fixtures.write(dir.resolve("y.zip"), Arrays.copyOf(whole, whole.length - 30)), "y.zip");
    }

    @Test
    void refusesImagesOutsideClassFolders() {
        assertRefused(zip("a.zip", Map.of("1.png", RED, "a/2.png", RED)), "1.png", "class folder");
        assertRefused(zip("b.zip", Map.of("a/1.png", RED, "a/deep/2.png", RED)), "class folder");
    }

    @Test
    void refusesOtherFilesAmongImages() {
        assertRefused(zip("a.zip", Map.of("a/1.png", RED, "a/2.bmp", RED)), "a/2.bmp", "convert or remove");
    }

    @Test
    void readsJpegAndExpandsGrey() {
        Map<String, byte[]> files = new LinkedHashMap<>();
        files.put("a/1.jpg", Fixtures.image("jpg", 16, 16, 0x6496c8));
        files.put("a/2.png", Fixtures.encode("png", new BufferedImage(16, 16, BufferedImage.TYPE_BYTE_GRAY)));
        Dataset data = ImageFolder.read(zip("a.zip", files));
        float[] pixel = lastPixel(data, 0);
        assertThat(pixel[0]).isCloseTo(0x64 / 255f, within(0.03f));
        assertThat(pixel[1]).isCloseTo(0x96 / 255f, within(0.03f));
        assertThat(pixel[2]).isCloseTo(0xc8 / 255f, within(0.03f));
        assertThat(Fixtures.image(data, 1)).hasSize(16 * 16 * 3).containsOnly(0f);
    }

    @Test
    void refusesAnEntryOfMoreThan64Mebibytes() {
        byte[] start = Fixtures.png(4, 3, 0);
        assertRefused(
                zip("bomb.zip", Map.of("a/1.png", RED, "a/2.png", Arrays.copyOf(start, (64 << 20) + 1))),
                "a/2.png",
                "67108864 bytes");
    }
}
