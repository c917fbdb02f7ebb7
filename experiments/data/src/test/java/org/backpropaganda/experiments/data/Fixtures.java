package org.backpropaganda.experiments.data;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPOutputStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import javax.imageio.ImageIO;

/** Makes small files of every format that the package reads. */
final class Fixtures {
    private Fixtures() {}

    /** An IDX file: the magic number, the sizes, the content. */
    static byte[] idx(int magic, int[] sizes, byte... content) {
        ByteBuffer bytes = ByteBuffer.allocate(4 + 4 * sizes.length + content.length);
        bytes.putInt(magic);
        for (int size : sizes) {
            bytes.putInt(size);
        }
        return bytes.put(content).array();
    }

    /** IDX images of 2×2 pixels; image {@code i} is filled with {@code i}. */
    static byte[] idxImages(int count) {
        byte[] content = new byte[4 * count];
        for (int i = 0; i < content.length; i++) {
            content[i] = (byte) (i / 4);
        }
        return idx(0x803, new int[] {count, 2, 2}, content);
    }

    /** IDX labels {@code 0, 1, …, 9, 0, …}. */
    static byte[] idxLabels(int count) {
        byte[] content = new byte[count];
        for (int i = 0; i < count; i++) {
            content[i] = (byte) (i % 10);
        }
        return idx(0x801, new int[] {count}, content);
    }

    static byte[] gzip(byte[] content) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (GZIPOutputStream out = new GZIPOutputStream(bytes)) {
            out.write(content);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    static byte[] zip(Map<String, byte[]> files) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ZipOutputStream out = new ZipOutputStream(bytes)) {
            for (Map.Entry<String, byte[]> file : files.entrySet()) {
                out.putNextEntry(new ZipEntry(file.getKey()));
                out.write(file.getValue());
                out.closeEntry();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    /** A tar archive of regular files, with the two empty blocks at its end. */
    static byte[] tar(Map<String, byte[]> files) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        files.forEach((name, content) -> {
            byte[] header = new byte[512];
            put(header, 0, name);
            put(header, 124, String.format("%011o", content.length));
            header[156] = (byte) (name.endsWith("/") ? '5' : '0');
            put(header, 257, "ustar");
            bytes.writeBytes(header);
            bytes.writeBytes(content);
            bytes.writeBytes(new byte[(512 - content.length % 512) % 512]);
        });
        bytes.writeBytes(new byte[1024]);
        return bytes.toByteArray();
    }

    private static void put(byte[] header, int at, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
        System.arraycopy(bytes, 0, header, at, bytes.length);
    }

    /** CIFAR-10 records, one a label; each is filled with its label times 10. */
    static byte[] cifar(int... labels) {
        byte[] bytes = new byte[3073 * labels.length];
        for (int i = 0; i < bytes.length; i++) {
            int label = labels[i / 3073];
            bytes[i] = (byte) (i % 3073 == 0 ? label : 10 * label);
        }
        return bytes;
    }

    /** An image of one colour, {@code 0xRRGGBB}, with the pixel at the top left black. */
    static byte[] image(String format, int width, int height, int rgb) {
        BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
        for (int p = 1; p < width * height; p++) {
            image.setRGB(p % width, p / width, rgb);
        }
        return encode(format, image);
    }

    static byte[] png(int width, int height, int rgb) {
        return image("png", width, height, rgb);
    }

    static byte[] encode(String format, BufferedImage image) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try {
            if (!ImageIO.write(image, format, bytes)) {
                throw new IllegalArgumentException("no writer for " + format);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    static Path write(Path file, byte[] content) {
        try {
            Files.createDirectories(file.toAbsolutePath().getParent());
            return Files.write(file, content);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** One image of a set, as values in {@code [0, 1]}. */
    static float[] image(Dataset data, int index) {
        float[] image = new float[data.valuesPerImage()];
        data.image(index, image, 0);
        return image;
    }

    /** A set of images {@code [height, width, channels]} whose values count up, {@code 0, 1, …, 255, 0, …}. */
    static Dataset counting(int size, int height, int width, int channels) {
        ImageShape shape = new ImageShape(height, width, channels);
        byte[][] images = new byte[size][shape.values()];
        int[] labels = new int[size];
        int next = 0;
        for (int i = 0; i < size; i++) {
            labels[i] = i % 2;
            for (int v = 0; v < shape.values(); v++) {
                images[i][v] = (byte) next++;
            }
        }
        return new ByteImages("counting", shape, List.of("even", "odd"), images, labels);
    }
}
