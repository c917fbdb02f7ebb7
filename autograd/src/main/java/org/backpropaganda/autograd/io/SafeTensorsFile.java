package org.backpropaganda.autograd.io;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.backpropaganda.autograd.tensor.Tensor;

/** An open safetensors file. */
final class SafeTensorsFile implements TensorFile {
    private final Path path;
    private final FileChannel channel;
    private final SafeTensorsHeader header;
    private final Map<String, StoredTensor> tensors;

    private SafeTensorsFile(Path path, FileChannel channel, SafeTensorsHeader header) {
        this.path = path;
        this.channel = channel;
        this.header = header;
        Map<String, StoredTensor> stored = new LinkedHashMap<>();
        header.entries().forEach((name, entry) -> stored.put(name, entry.tensor()));
        tensors = Collections.unmodifiableMap(stored);
    }

    static SafeTensorsFile open(Path path) throws IOException {
        AtomicFile.requireRegular(path);
        FileChannel channel = FileChannel.open(path, StandardOpenOption.READ);
        try {
            return new SafeTensorsFile(path, channel, SafeTensorsHeader.read(path, channel));
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
    }

    @Override
    public Path path() {
        return path;
    }

    FileChannel channel() {
        return channel;
    }

    @Override
    public Map<String, StoredTensor> tensors() {
        return tensors;
    }

    @Override
    public Map<String, String> metadata() {
        return header.metadata();
    }

    @Override
    public void read(String name, Tensor into) throws IOException {
        StoredTensor stored = Elements.find(this, name, into);
        long[] at = {header.dataStart() + begin(name)};
        Elements.read(
                stored.type(),
                ByteOrder.LITTLE_ENDIAN,
                target -> {
                    int bytes = target.remaining();
                    readFully(path, channel, at[0], target);
                    at[0] += bytes;
                },
                into);
    }

    private long begin(String name) throws TensorFileException {
        SafeTensorsHeader.Entry entry = header.entries().get(name);
        if (entry == null) {
            throw new TensorFileException(path, "has no tensor \"" + Printable.name(name) + "\"");
        }
        return entry.begin();
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }

    static void readFully(Path file, FileChannel channel, long from, ByteBuffer target) throws IOException {
        long at = from;
        while (target.hasRemaining()) {
            int read = channel.read(target, at);
            if (read < 0) {
                throw new TensorFileException(file, "truncated at byte " + at);
            }
            at += read;
        }
    }
}
