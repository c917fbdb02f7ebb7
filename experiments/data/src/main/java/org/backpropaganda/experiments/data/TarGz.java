package org.backpropaganda.experiments.data;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.GZIPInputStream;

/**
 * Reads the regular files of a gzipped tar archive in one pass.
 *
 * <p>Source: POSIX.1-1988 ustar: a header of 512 bytes with the name at 0 (100 bytes), the size in octal at 124 (12
 * bytes) and the type at 156, then the content, filled up to a multiple of 512. Known gaps: names over 100 bytes, sizes
 * from 8 GiB and sparse files; entries of other types are passed over. An archive that expands beyond measure is refused.
 */
final class TarGz {
    private static final int BLOCK = 512;

    private TarGz() {}

    /** Takes one file of the archive. */
    interface Visitor {
        /** Reads what it wants of {@code content}, which ends with the file. */
        void visit(String name, InputStream content) throws IOException;
    }

    static void visit(Path archive, Visitor visitor) throws IOException {
        try (InputStream in = new BufferedInputStream(
                new BoundedStream(archive, new GZIPInputStream(Files.newInputStream(archive), 1 << 16)), 1 << 16)) {
            byte[] header = in.readNBytes(BLOCK);
            while (header.length > 0 && header[0] != 0) {
                if (header.length < BLOCK) {
                    throw new EOFException("the tar archive ends inside a header");
                }
                long size = octal(header, 124, 12);
                Entry content = new Entry(in, size);
                boolean regular = header[156] == '0' || header[156] == 0;
                if (regular) {
                    visitor.visit(text(header, 0, 100), content);
                }
                content.skipRest();
                in.skipNBytes((BLOCK - size % BLOCK) % BLOCK);
                header = in.readNBytes(BLOCK);
            }
        }
    }

    private static String text(byte[] header, int from, int length) {
        int end = from;
        while (end < from + length && header[end] != 0) {
            end++;
        }
        return new String(header, from, end - from, StandardCharsets.UTF_8);
    }

    private static long octal(byte[] header, int from, int length) throws IOException {
        String digits = text(header, from, length).strip();
        if (!digits.matches("[0-7]{1,12}")) {
            throw new IOException("a tar header has no octal size");
        }
        return Long.parseLong(digits, 8);
    }

    /** The bytes of one file inside the archive; closing it leaves the archive open. */
    private static final class Entry extends InputStream {
        private final InputStream archive;
        private long left;

        Entry(InputStream archive, long size) {
            this.archive = archive;
            left = size;
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] into, int offset, int length) throws IOException {
            if (left == 0) {
                return -1;
            }
            int count = archive.read(into, offset, (int) Math.min(length, left));
            if (count < 0) {
                throw new EOFException("the tar archive ends inside a file");
            }
            left -= count;
            return count;
        }

        void skipRest() throws IOException {
            archive.skipNBytes(left);
            left = 0;
        }
    }
}
