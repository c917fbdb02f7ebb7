package org.backpropaganda.autograd.io;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.autograd.tensor.MemoryKind;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;

/** A directory and an engine for tensors, both gone when it closes. */
final class Scratch implements AutoCloseable {
    final Path directory;
    final Engine engine;
    final TensorScope root;

    Scratch() throws IOException {
        this(Engine.builder().threads(1).memoryBudgetBytes(1 << 24).build());
    }

    Scratch(Engine engine) throws IOException {
        this.engine = engine;
        root = engine.scope("");
        directory = Files.createTempDirectory("io-test");
    }

    Path file(String name) {
        return directory.resolve(name);
    }

    /** A file of these bytes. */
    Path file(String name, byte[] bytes) throws IOException {
        return Files.write(file(name), bytes);
    }

    Tensor tensor(DType dtype, Shape shape, double... values) {
        Tensor tensor = root.allocate(shape, dtype, MemoryKind.PARAMETER);
        if (dtype != DType.BYTE) {
            return tensor.set(values);
        }
        byte[] bytes = new byte[values.length];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) (int) values[i];
        }
        tensor.buffer(0, bytes.length).put(bytes);
        return tensor;
    }

    /** Any bits, NaNs and infinities among them. */
    Tensor random(DType dtype, Shape shape, long seed) {
        Tensor tensor = root.allocate(shape, dtype, MemoryKind.PARAMETER);
        byte[] bytes = new byte[(int) tensor.bytes()];
        new SplittableRandom(seed).nextBytes(bytes);
        tensor.buffer(0, bytes.length).put(bytes);
        return tensor;
    }

    static byte[] bytes(Tensor tensor) {
        byte[] bytes = new byte[(int) tensor.bytes()];
        tensor.buffer(0, bytes.length).get(bytes);
        return bytes;
    }

    /** Every tensor of a file, read. */
    Map<String, Tensor> all(TensorFile file) throws IOException {
        Map<String, Tensor> read = new LinkedHashMap<>();
        for (String name : file.tensors().keySet()) {
            read.put(name, file.read(name, root, MemoryKind.PARAMETER));
        }
        return read;
    }

    /** A safetensors file with this header, its length in front, and so many bytes of data. */
    static byte[] safeTensors(String header, int dataBytes) {
        byte[] text = header.getBytes(StandardCharsets.UTF_8);
        return ByteBuffer.allocate(8 + text.length + dataBytes)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(text.length)
                .put(text)
                .array();
    }

    @Override
    public void close() throws IOException {
        engine.close();
        List<Path> deepestFirst;
        try (Stream<Path> paths = Files.walk(directory)) {
            deepestFirst = paths.sorted(Comparator.reverseOrder()).toList();
        }
        for (Path path : deepestFirst) {
            Files.delete(path);
        }
    }
}
