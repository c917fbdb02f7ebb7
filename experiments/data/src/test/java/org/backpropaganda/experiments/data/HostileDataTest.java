package org.backpropaganda.experiments.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPOutputStream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.backpropaganda.experiments.UserException;
import org.backpropaganda.experiments.Words;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** Data made to fill the memory, to take for ever, or to write to the terminal. */
class HostileDataTest {
    private static final String ESCAPES = "\u001b[2J\u001b]0;x\u0007\r\u202e\u009b1m";

    @TempDir
    Path dir;

    private static void assertRefused(ThrowingCallable reading, String... words) {
        assertThatThrownBy(reading)
                .isInstanceOf(DataException.class)
                .hasMessageContainingAll(words)
                .satisfies(e -> assertTame(e.getMessage()));
    }

    private static void assertTame(String message) {
        assertThat(message)
                .hasSizeLessThan(5000)
                .matches(text -> text.codePoints()
                        .noneMatch(c -> c < ' ' || (c >= 0x7f && c < 0xa0) || (c >= 0x2028 && c <= 0x202e)));
    }

    private Path zip(String name, Map<String, byte[]> files) {
        return Fixtures.write(dir.resolve(name), Fixtures.zip(files));
    }

    /** Twenty images of 4096 × 4096 pixels are 50 MB each, and a few kilobytes as files. */
    @Test
    void imagesThatExpandBeyondTheHeapAreRefused() {
        byte[] png = Fixtures.encode("png", new BufferedImage(4096, 4096, BufferedImage.TYPE_BYTE_BINARY));
        Map<String, byte[]> files = new LinkedHashMap<>();
        long fit = Runtime.getRuntime().maxMemory() / (3L * 4096 * 4096);
        for (int i = 0; i < fit; i++) {
            files.put("a/" + i + ".png", png);
        }
        Path set = zip("a.zip", files);
        assertThat(set).matches(file -> file.toFile().length() < 1 << 22);
        assertRefused(() -> ImageFolder.read(set), "a.zip", fit + " images of 50331648 bytes", "smaller images");
    }

    /** Each half of a split fits, and both together do not. */
    @Test
    void trainAndTestShareTheHeap() {
        HeapShare heap = new HeapShare(1000);
        byte[] png = Fixtures.png(10, 20, 0);
        Path train = zip("train.zip", Map.of("a/1.png", png));
        assertThat(ImageFolder.read(train, heap).size()).isEqualTo(1);
        assertThat(heap.left()).isEqualTo(1000 - 600 - 24);
        assertRefused(() -> ImageFolder.read(train, heap), "1 images of 600 bytes", "only 376 bytes");
    }

    @Test
    void recordsTakeFromTheHeapAsTheyCome() {
        CifarRecords records = new CifarRecords(dir, new HeapShare(3 * 3100));
        assertRefused(
                () -> records.read("data_batch_1.bin", new java.io.ByteArrayInputStream(Fixtures.cifar(1, 2, 3, 4))),
                "1 images of 3073 bytes");
    }

    /** A header that promises a file of almost a gibibyte, and zeros that a thousandth of their bytes stand for. */
    @Test
    void anArchiveThatExpandsBeyondMeasureIsRefused() throws IOException {
        Path archive = dir.resolve("cifar-10-binary.tar.gz");
        byte[] header = Fixtures.tar(Map.of("readme.html", new byte[0]));
        byte[] size = String.format("%011o", (1 << 30) - 512).getBytes(StandardCharsets.US_ASCII);
        System.arraycopy(size, 0, header, 124, size.length);
        gzip(archive, Arrays.copyOf(header, 512), 80 << 20);
        assertThat(Files.size(archive)).isLessThan(1 << 19);
        assertRefused(() -> Cifar10Binary.open(dir), "cifar-10-binary.tar.gz", "expands to more than 67108864 bytes");
    }

    @Test
    void anIdxFileThatExpandsBeyondMeasureIsRefused() throws IOException {
        Fixtures.write(dir.resolve("t10k-labels-idx1-ubyte"), Fixtures.idxLabels(100));
        Path images = dir.resolve("t10k-images-idx3-ubyte");
        gzip(images, Arrays.copyOf(Fixtures.idx(0x803, new int[] {30_000, 50, 50}), 16), 80 << 20);
        assertRefused(() -> MnistIdx.open(dir), "t10k-images-idx3-ubyte", "expands to more than 67108864 bytes");
    }

    private static void gzip(Path file, byte[] start, int zeros) throws IOException {
        try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(file))) {
            out.write(start);
            byte[] piece = new byte[1 << 20];
            for (int written = 0; written < zeros; written += piece.length) {
                out.write(piece);
            }
        }
    }

    @Test
    void namesThatWriteToTheTerminalAreTame() {
        byte[] png = Fixtures.png(4, 3, 0);
        byte[] other = Fixtures.png(4, 4, 0);
        assertRefused(
                () -> ImageFolder.read(zip("a.zip", Map.of("a/1.png", png, "a/2" + ESCAPES + "\n.png", other))),
                "\\u001b[2J",
                "4×4");
        assertRefused(
                () -> ImageFolder.read(
                        zip("b.zip", Map.of("a/1.png", png, "a/" + ESCAPES.repeat(1000) + ".txt", other))),
                "convert or remove");
        assertRefused(
                () -> ImageFolder.read(zip("c.zip", Map.of("a/1.png", new byte[9], ESCAPES + "/1.png", png))),
                "cannot be decoded");
        zip("train.zip", Map.of(ESCAPES.repeat(1000) + "/1.png", png));
        zip("test.zip", Map.of("a/1.png", png));
        assertRefused(() -> ImageFolder.open(dir), "the same classes", "add or remove");
        Fixtures.write(
                dir.resolve("cifar-10-binary.tar.gz"),
                Fixtures.gzip(Fixtures.tar(Map.of(ESCAPES + "/data_batch_1.bin", new byte[9]))));
        assertRefused(() -> Cifar10Binary.open(dir), "\\u001b[2J", "data_batch_1.bin");
        assertTame(new UserException("a" + ESCAPES + "\nb").getMessage());
        assertThat(Words.text("a\tb\n" + ESCAPES))
                .startsWith("a\tb\n\\u001b[2J")
                .doesNotContain("\u001b", "\u202e");
    }

    /** A name of thirty thousand folders, which every image shares. */
    @Test
    void foldersThatLieTooDeepAreRefused() {
        String deep = "a/".repeat(30_000);
        Map<String, byte[]> files = new LinkedHashMap<>();
        for (int i = 0; i < 200; i++) {
            files.put(deep + i + ".png", new byte[0]);
        }
        assertRefused(() -> ImageFolder.read(zip("a.zip", files)), "30000 folders deep, more than 16");
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void linksThatLeadInACircleAreRefused() throws IOException {
        Path set = dir.resolve("train");
        Fixtures.write(set.resolve("a/1.png"), Fixtures.png(4, 3, 0));
        Files.createSymbolicLink(set.resolve("a/up"), set);
        assertRefused(() -> ImageFolder.read(set), "a/up", "its links lead in a circle");
    }

    /** Not even a line of text: what is said is not more than its name. */
    @Test
    void reasonsAreWords() {
        assertThat(Words.reason(new java.nio.file.AccessDeniedException("x"))).isEqualTo("permission denied");
        assertThat(Words.reason(new java.nio.file.NoSuchFileException("x"))).isEqualTo("no such file or directory");
        assertThat(Words.reason(new java.nio.file.NotDirectoryException("x"))).isEqualTo("not a directory");
        assertThat(Words.reason(new java.nio.file.FileSystemException("x", null, "No space left on device")))
                .isEqualTo("No space left on device");
        assertThat(Words.reason(new IOException())).isEqualTo("IOException");
        assertThat(DataException.unreadable(
                        dir, new java.io.UncheckedIOException(new java.nio.file.AccessDeniedException("inner"))))
                .hasMessageStartingWith("inner: cannot be read (permission denied)");
        assertThat(List.of(Words.name("x".repeat(300)))).allMatch(name -> name.endsWith("… (300 characters)"));
    }
}
