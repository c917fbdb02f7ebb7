package org.backpropaganda.experiments.data;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;

/** What a compressed file expands to, up to a bound: a small file may stand for more bytes than anybody can read. */
final class BoundedStream extends FilterInputStream {
    /** Images of one colour compress well: of a small file any expansion is believed up to this. */
    private static final long ALWAYS_BYTES = 64L << 20;

    private static final long MOST_EXPANSION = 100;

    private final Path file;
    private final long bound;
    private long left;

    /** Over the expanded bytes of a file, which may be a hundred times its own or 64 MiB. */
    BoundedStream(Path file, InputStream expanded) throws IOException {
        super(expanded);
        this.file = file;
        bound = Math.max(ALWAYS_BYTES, Math.multiplyExact(MOST_EXPANSION, Files.size(file)));
        left = bound;
    }

    @Override
    public int read() throws IOException {
        int one = super.read();
        count(one < 0 ? 0 : 1);
        return one;
    }

    @Override
    public int read(byte[] into, int offset, int length) throws IOException {
        int count = super.read(into, offset, length);
        count(Math.max(0, count));
        return count;
    }

    @Override
    public long skip(long bytes) throws IOException {
        long count = super.skip(bytes);
        count(count);
        return count;
    }

    private void count(long bytes) {
        left -= bytes;
        if (left < 0) {
            throw new DataException(file + ": expands to more than " + bound
                    + " bytes, which no such set does; fetch it again, or expand it yourself if you trust it");
        }
    }
}
