package org.backpropaganda.experiments.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.awt.image.BufferedImage;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.zip.CRC32;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class ImageDecoderTest {
    private static byte[] decode(byte[] encoded) {
        return ImageDecoder.rgb("x", encoded, ImageDecoder.shape("x", encoded));
    }

    private static void assertRefused(byte[] encoded, String... words) {
        assertThatThrownBy(() -> decode(encoded))
                .isInstanceOf(DataException.class)
                .hasMessageContainingAll(words);
    }

    private static byte[] grey(String format, int type, int value) {
        BufferedImage image = new BufferedImage(8, 8, type);
        for (int p = 0; p < 64; p++) {
            image.getRaster().setSample(p % 8, p / 8, 0, value);
        }
        return Fixtures.encode(format, image);
    }

    @Property(tries = 100)
    void pngColoursAreExact(@ForAll @IntRange(max = 0xffffff) int rgb) {
        byte[] pixels = decode(Fixtures.png(2, 1, rgb));
        assertThat(pixels).containsExactly(0, 0, 0, rgb >> 16, rgb >> 8, rgb);
    }

    @Test
    void greySamplesAreTakenAsTheyAre() {
        assertThat(decode(grey("png", BufferedImage.TYPE_BYTE_GRAY, 100)))
                .hasSize(192)
                .containsOnly(100);
        assertThat(decode(grey("jpg", BufferedImage.TYPE_BYTE_GRAY, 100))).containsOnly(100);
        assertThat(decode(grey("png", BufferedImage.TYPE_USHORT_GRAY, 100 << 8 | 7)))
                .containsOnly(100);
        assertThat(decode(grey("png", BufferedImage.TYPE_BYTE_BINARY, 1))).containsOnly(0xff);
    }

    @Test
    void transparencyIsDropped() {
        BufferedImage image = new BufferedImage(1, 1, BufferedImage.TYPE_INT_ARGB);
        image.setRGB(0, 0, 0x40102030);
        assertThat(decode(Fixtures.encode("png", image))).containsExactly(0x10, 0x20, 0x30);
    }

    @Test
    void refusesWhatIsNoImage() {
        assertRefused(new byte[0], "x:", "unknown format");
        assertRefused(new byte[100], "unknown format");
        assertRefused(Fixtures.image("bmp", 2, 2, 0), "unknown format");
    }

    @Test
    void refusesTruncatedImages() {
        byte[] png = Fixtures.png(16, 16, 0x123456);
        byte[] jpeg = Fixtures.image("jpg", 16, 16, 0x123456);
        assertRefused(Arrays.copyOf(png, 20), "cannot be decoded");
        assertRefused(Arrays.copyOf(png, png.length - 30), "cannot be decoded");
        assertRefused(Arrays.copyOf(jpeg, 20), "cannot be decoded");
        assertRefused(Arrays.copyOf(jpeg, jpeg.length - 20), "cannot be decoded");
    }

    @Property(tries = 300)
    void damageIsRefusedOrHarmlessButNeverAnotherError(
            @ForAll boolean jpeg, @ForAll @IntRange(max = 5000) int at, @ForAll byte value) {
        byte[] encoded = Fixtures.image(jpeg ? "jpg" : "png", 24, 24, 0x3399cc);
        encoded[at % encoded.length] = value;
        try {
            assertThat(decode(encoded).length % 3).isZero();
        } catch (DataException e) {
            assertThat(e).hasMessageStartingWith("x: ");
        }
    }

    @Test
    void refusesAHugeImageByItsHeader() {
        byte[] png = Fixtures.png(4, 3, 0);
        // IHDR: type at 12, width at 16, height at 20, checksum of type and content at 29
        ByteBuffer header = ByteBuffer.wrap(png).putInt(16, 60_000).putInt(20, 60_000);
        CRC32 crc = new CRC32();
        crc.update(png, 12, 17);
        header.putInt(29, (int) crc.getValue());
        assertRefused(png, "60000×60000", "more than 16777216");
        assertThatThrownBy(() -> ImageDecoder.rgb("x", png, new ImageShape(3, 4, 3)))
                .isInstanceOf(DataException.class)
                .hasMessageContainingAll("60000×60000", "4×3");
    }
}
