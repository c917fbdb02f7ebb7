package org.backpropaganda.autograd.io;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;

/** Some neighbouring bytes of a file as a stream; closing it leaves the file open. */
final class FileRegion extends InputStream {
    private final FileChannel channel;
    private final long end;
    private long at;

    FileRegion(FileChannel channel, long from, long bytes) {
        this.channel = channel;
        this.at = from;
        this.end = Math.addExact(from, bytes);
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
    }

    @Override
    public int read(byte[] into, int offset, int length) throws IOException {
        if (at == end && length > 0) {
            return -1;
        }
        int most = (int) Math.min(length, end - at);
        int count = channel.read(ByteBuffer.wrap(into, offset, most), at);
        at += Math.max(0, count);
        return count;
    }
}
