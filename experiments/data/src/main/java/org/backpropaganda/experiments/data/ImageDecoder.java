package org.backpropaganda.experiments.data;

import java.awt.image.BufferedImage;
import java.awt.image.IndexColorModel;
import java.awt.image.Raster;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.stream.MemoryCacheImageInputStream;
import org.backpropaganda.experiments.Words;

/**
 * Decodes one JPEG or PNG image into RGB bytes {@code [H, W, 3]}.
 *
 * <p>Grey values are repeated for each channel, colours are converted to sRGB, transparency is dropped, 16 bits are
 * reduced to 8. The size is read from the header and checked before pixels are allocated. A decoder's warning counts as
 * an error, because the JDK's JPEG decoder fills a truncated image with grey and merely warns. Safe for use by several
 * threads.
 */
final class ImageDecoder {
    private static final Set<String> FORMATS = Set.of("jpeg", "png");
    private static final int MAX_PIXELS = 1 << 24;

    private ImageDecoder() {}

    /**
     * Reads the size of an image from its header.
     *
     * @param where the file, for messages
     * @throws DataException if it is no JPEG or PNG, or has over 2^24 pixels
     */
    static ImageShape shape(String where, byte[] encoded) {
        return read(where, encoded, reader -> {
            ImageShape shape = new ImageShape(reader.getHeight(0), reader.getWidth(0), 3);
            if ((long) shape.height() * shape.width() > MAX_PIXELS) {
                throw new DataException(where + ": is an image of " + size(shape) + " pixels, more than " + MAX_PIXELS
                        + " in all; resize it");
            }
            return shape;
        });
    }

    /** The most that decoding one image takes beside the result: the file twice, and eight bytes a pixel. */
    static long workingBytes(ImageShape shape) {
        return 2L * FileTree.MAX_FILE_BYTES + 8L * shape.height() * shape.width();
    }

    /**
     * Decodes an image of a known size.
     *
     * @param where the file, for messages
     * @param expected the shape that the image must have
     * @throws DataException if it cannot be decoded without a warning, or has another size
     */
    static byte[] rgb(String where, byte[] encoded, ImageShape expected) {
        return read(where, encoded, reader -> {
            ImageShape shape = new ImageShape(reader.getHeight(0), reader.getWidth(0), 3);
            if (!shape.equals(expected)) {
                throw new DataException(where + ": is " + size(shape) + " pixels, the first image is " + size(expected)
                        + "; all images must have one size, so resize them");
            }
            List<String> warnings = new ArrayList<>();
            reader.addIIOReadWarningListener((source, warning) -> warnings.add(warning));
            BufferedImage image = reader.read(0);
            if (!warnings.isEmpty()) {
                throw new IOException(warnings.get(0));
            }
            return isGrey(image) ? greyBytes(image.getRaster()) : colourBytes(image);
        });
    }

    private interface Decoding<T> {
        T decode(ImageReader reader) throws IOException;
    }

    private static <T> T read(String where, byte[] encoded, Decoding<T> decoding) {
        try (MemoryCacheImageInputStream in = new MemoryCacheImageInputStream(new ByteArrayInputStream(encoded))) {
            ImageReader reader = reader(in);
            try {
                reader.setInput(in, true, true);
                return decoding.decode(reader);
            } finally {
                reader.dispose();
            }
        } catch (DataException e) {
            throw e;
        } catch (IOException | RuntimeException e) {
            // the JDK's decoders answer some damaged files with IllegalArgumentException and the like
            throw new DataException(
                    where + ": cannot be decoded as a JPEG or PNG image (" + Words.reason(e)
                            + "); replace or remove it",
                    e);
        }
    }

    private static ImageReader reader(MemoryCacheImageInputStream in) throws IOException {
        Iterator<ImageReader> readers = ImageIO.getImageReaders(in);
        while (readers.hasNext()) {
            ImageReader reader = readers.next();
            if (FORMATS.contains(reader.getFormatName().toLowerCase(Locale.ROOT))) {
                return reader;
            }
        }
        throw new IOException("unknown format");
    }

    private static boolean isGrey(BufferedImage image) {
        return image.getColorModel().getNumColorComponents() == 1
                && !(image.getColorModel() instanceof IndexColorModel);
    }

    /** Takes the samples as they are: {@code BufferedImage.getRGB} would treat grey as linear light and brighten it. */
    private static byte[] greyBytes(Raster raster) {
        int width = raster.getWidth();
        int drop = Math.max(0, raster.getSampleModel().getSampleSize(0) - 8);
        byte[] rgb = new byte[3 * width * raster.getHeight()];
        for (int p = 0; p < width * raster.getHeight(); p++) {
            byte grey = (byte) (raster.getSample(p % width, p / width, 0) >> drop);
            rgb[3 * p] = grey;
            rgb[3 * p + 1] = grey;
            rgb[3 * p + 2] = grey;
        }
        return rgb;
    }

    private static byte[] colourBytes(BufferedImage image) {
        int width = image.getWidth();
        byte[] rgb = new byte[3 * width * image.getHeight()];
        int[] row = new int[width];
        int at = 0;
        for (int y = 0; y < image.getHeight(); y++) {
            image.getRGB(0, y, width, 1, row, 0, width);
            for (int packed : row) {
                rgb[at++] = (byte) (packed >> 16);
                rgb[at++] = (byte) (packed >> 8);
                rgb[at++] = (byte) packed;
            }
        }
        return rgb;
    }

    private static String size(ImageShape shape) {
        return shape.width() + "×" + shape.height();
    }
}
