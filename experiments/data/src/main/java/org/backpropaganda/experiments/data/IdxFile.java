package org.backpropaganda.experiments.data;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;
import org.backpropaganda.experiments.Words;

/**
 * Reads one IDX file of unsigned bytes, plain or gzipped (told apart by content, not by name).
 *
 * <p>Layout: a big-endian 32-bit magic number {@code 0x000008dd}, where dd is the number of dimensions; one big-endian
 * 32-bit size for each dimension; the bytes. Memory grows with what the file really holds, never with what its header
 * promises.
 *
 * <p>Source: LeCun, Cortes, Burges, "The MNIST database of handwritten digits", file formats.
 */
final class IdxFile {
    private static final int UNSIGNED_BYTES = 0x0800;
    private static final int MAX_SIDE = 4096;
    private static final int MAX_LABELS = 100_000_000;

    private IdxFile() {}

    /** Images of one size: {@code rows} holds one array {@code [H, W]} an image. */
    record Images(int height, int width, List<byte[]> rows) {}

    static Images images(Path file, HeapShare heap) {
        return read(file, in -> {
            requireMagic(file, in, UNSIGNED_BYTES | 3, "images");
            int count = size(file, in, "number of images", Integer.MAX_VALUE);
            int height = size(file, in, "image height", MAX_SIDE);
            int width = size(file, in, "image width", MAX_SIDE);
            int imageBytes = height * width;
            heap.take(file, count, imageBytes);
            List<byte[]> rows = new ArrayList<>();
            while (rows.size() < count) {
                byte[] row = in.readNBytes(imageBytes);
                if (row.length < imageBytes) {
                    throw truncated(file, count + " images", rows.size() + " whole ones");
                }
                rows.add(row);
            }
            requireEnd(file, in, count + " images");
            return new Images(height, width, rows);
        });
    }

    static byte[] labels(Path file, HeapShare heap) {
        return read(file, in -> {
            requireMagic(file, in, UNSIGNED_BYTES | 1, "labels");
            int count = size(file, in, "number of labels", MAX_LABELS);
            heap.takeLabels(file, count);
            byte[] labels = in.readNBytes(count);
            if (labels.length < count) {
                throw truncated(file, count + " labels", String.valueOf(labels.length));
            }
            requireEnd(file, in, count + " labels");
            return labels;
        });
    }

    private interface Reader<T> {
        T read(InputStream in) throws IOException;
    }

    private static <T> T read(Path file, Reader<T> reader) {
        try (InputStream raw = new BufferedInputStream(Files.newInputStream(file), 1 << 16)) {
            raw.mark(2);
            boolean gzipped = raw.read() == 0x1f && raw.read() == 0x8b;
            raw.reset();
            return reader.read(
                    gzipped
                            ? new BufferedInputStream(new BoundedStream(file, new GZIPInputStream(raw)), 1 << 16)
                            : raw);
        } catch (EOFException e) {
            throw new DataException(file + ": ends before its content is complete; fetch the file again", e);
        } catch (ZipException e) {
            throw new DataException(
                    file + ": the gzip data is damaged (" + Words.reason(e) + "); fetch the file again", e);
        } catch (IOException e) {
            throw DataException.unreadable(file, e);
        }
    }

    private static void requireMagic(Path file, InputStream in, int expected, String what) throws IOException {
        int magic = bigEndian(in);
        if (magic != expected) {
            throw new DataException(String.format(
                    "%s: an IDX file of %s starts with 0x%08x, this one with 0x%08x; is it another set's?",
                    file, what, expected, magic));
        }
    }

    private static int size(Path file, InputStream in, String what, int limit) throws IOException {
        int size = bigEndian(in);
        if (size < 1 || size > limit) {
            throw new DataException(file + ": the header gives " + Integer.toUnsignedString(size) + " as the " + what
                    + ", must be from 1 to " + limit + "; fetch the file again");
        }
        return size;
    }

    private static int bigEndian(InputStream in) throws IOException {
        byte[] bytes = in.readNBytes(4);
        if (bytes.length < 4) {
            throw new EOFException();
        }
        return (bytes[0] & 0xff) << 24 | (bytes[1] & 0xff) << 16 | (bytes[2] & 0xff) << 8 | (bytes[3] & 0xff);
    }

    private static void requireEnd(Path file, InputStream in, String promised) throws IOException {
        if (in.read() >= 0) {
            throw new DataException(
                    file + ": the header promises " + promised + ", more bytes follow them; fetch the file again");
        }
    }

    private static DataException truncated(Path file, String promised, String came) {
        return new DataException(
                file + ": the header promises " + promised + ", the file holds " + came + "; fetch the file again");
    }
}
