package org.backpropaganda.checkpointing.offload;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.WritableByteChannel;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;

/** A file that fails after so many writes, or reads; and may be made to wait. */
final class BrokenChannel extends FileChannel {
    private final FileChannel channel;
    private final AtomicInteger writesLeft;
    private final AtomicInteger readsLeft;
    private final Semaphore permits;

    BrokenChannel(FileChannel channel, AtomicInteger writesLeft, AtomicInteger readsLeft, Semaphore permits) {
        this.channel = channel;
        this.writesLeft = writesLeft;
        this.readsLeft = readsLeft;
        this.permits = permits;
    }

    @Override
    public int write(ByteBuffer from, long position) throws IOException {
        permits.acquireUninterruptibly();
        if (writesLeft.getAndDecrement() <= 0) {
            throw new IOException("No space left on device");
        }
        return channel.write(from, position);
    }

    @Override
    public int read(ByteBuffer into, long position) throws IOException {
        permits.acquireUninterruptibly();
        if (readsLeft.getAndDecrement() <= 0) {
            throw new IOException("Input/output error");
        }
        return channel.read(into, position);
    }

    @Override
    protected void implCloseChannel() throws IOException {
        channel.close();
    }

    @Override
    public int read(ByteBuffer into) {
        throw new UnsupportedOperationException();
    }

    @Override
    public long read(ByteBuffer[] into, int offset, int length) {
        throw new UnsupportedOperationException();
    }

    @Override
    public int write(ByteBuffer from) {
        throw new UnsupportedOperationException();
    }

    @Override
    public long write(ByteBuffer[] from, int offset, int length) {
        throw new UnsupportedOperationException();
    }

    @Override
    public long position() {
        throw new UnsupportedOperationException();
    }

    @Override
    public FileChannel position(long position) {
        throw new UnsupportedOperationException();
    }

    @Override
    public long size() throws IOException {
        return channel.size();
    }

    @Override
    public FileChannel truncate(long size) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void force(boolean metaData) {
        throw new UnsupportedOperationException();
    }

    @Override
    public long transferTo(long position, long count, WritableByteChannel target) {
        throw new UnsupportedOperationException();
    }

    @Override
    public long transferFrom(ReadableByteChannel source, long position, long count) {
        throw new UnsupportedOperationException();
    }

    @Override
    public MappedByteBuffer map(MapMode mode, long position, long size) {
        throw new UnsupportedOperationException();
    }

    @Override
    public FileLock lock(long position, long size, boolean shared) {
        throw new UnsupportedOperationException();
    }

    @Override
    public FileLock tryLock(long position, long size, boolean shared) {
        throw new UnsupportedOperationException();
    }
}
