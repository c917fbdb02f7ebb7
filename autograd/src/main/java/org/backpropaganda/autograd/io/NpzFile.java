package org.backpropaganda.autograd.io;

import java.io.EOFException;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.zip.CRC32;
import java.util.zip.CheckedInputStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipFile;
import org.backpropaganda.autograd.tensor.Tensor;

/** An open npz file. */
final class NpzFile implements TensorFile {
    static final String SUFFIX = ".npy";

    private final Path path;
    private final ZipFile zip;
    private final Map<String, Member> members = new LinkedHashMap<>();
    private final Map<String, StoredTensor> tensors = new LinkedHashMap<>();

    private record Member(ZipEntry entry, NpyHeader header) {}

    private NpzFile(Path path, ZipFile zip, long mostBytes) throws IOException {
        this.path = path;
        this.zip = zip;
        long left = mostBytes;
        for (ZipEntry entry : Collections.list(zip.entries())) {
            if (entry.getSize() < 0 || entry.getSize() > left) {
                throw new TensorFileException(
                        path,
                        "\"" + Printable.name(entry.getName()) + "\" expands the file beyond " + mostBytes
                                + " bytes; open it with a higher bound if you trust it");
            }
            left -= entry.getSize();
            add(entry);
        }
    }

    static NpzFile open(Path path, long mostBytes) throws IOException {
        if (!Files.exists(path)) {
            throw new NoSuchFileException(path.toString());
        }
        AtomicFile.requireRegular(path);
        ZipFile zip = zip(path);
        try {
            return new NpzFile(path, zip, mostBytes);
        } catch (IOException | RuntimeException e) {
            zip.close();
            throw e;
        }
    }

    private static ZipFile zip(Path path) throws IOException {
        try {
            return new ZipFile(path.toFile());
        } catch (ZipException | EOFException | IllegalArgumentException e) {
            throw new TensorFileException(path, "is no npz file, truncated or corrupt: " + e.getMessage(), e);
        }
    }

    private void add(ZipEntry entry) throws IOException {
        String file = entry.getName();
        if (!file.endsWith(SUFFIX)) {
            throw new TensorFileException(path, "\"" + Printable.name(file) + "\" is no .npy file");
        }
        String name = file.substring(0, file.length() - SUFFIX.length());
        NpyHeader header;
        try {
            header = check(entry);
        } catch (IOException | ArithmeticException | IllegalArgumentException e) {
            throw new TensorFileException(path, "\"" + Printable.name(file) + "\" " + e.getMessage(), e);
        }
        members.put(name, new Member(entry, header));
        if (tensors.put(name, new StoredTensor(name, header.type(), header.sizes())) != null) {
            throw new TensorFileException(path, "has \"" + Printable.name(file) + "\" twice");
        }
    }

    /** Reads all of an entry once, so that whatever is wrong with it shows before a tensor is made or modified. */
    private NpyHeader check(ZipEntry entry) throws IOException {
        CRC32 crc = new CRC32();
        try (InputStream in = new CheckedInputStream(content(entry), crc)) {
            NpyHeader header = NpyHeader.read(in);
            long expected = Math.addExact(header.bytes(), StoredTensor.bytes(header.type(), header.sizes()));
            if (expected != entry.getSize()) {
                throw new IOException("has " + entry.getSize() + " bytes; by its header, " + header.type()
                        + header.sizes() + ", " + expected);
            }
            byte[] piece = new byte[1 << 16];
            long count = header.bytes();
            for (int read = in.read(piece); read >= 0 && count <= expected; read = in.read(piece)) {
                count += read;
            }
            if (count != expected || crc.getValue() != entry.getCrc()) {
                throw new IOException("is corrupt: its length or its checksum is wrong");
            }
            return header;
        }
    }

    private InputStream content(ZipEntry entry) throws IOException {
        InputStream in = zip.getInputStream(entry);
        if (in == null) {
            throw new FileNotFoundException("is gone");
        }
        return in;
    }

    @Override
    public Path path() {
        return path;
    }

    @Override
    public Map<String, StoredTensor> tensors() {
        return Collections.unmodifiableMap(tensors);
    }

    @Override
    public Map<String, String> metadata() {
        return Map.of();
    }

    @Override
    public void read(String name, Tensor into) throws IOException {
        Elements.find(this, name, into);
        Member member = members.get(name);
        if (member == null) {
            throw new IllegalStateException(name);
        }
        NpyHeader header = member.header;
        try (InputStream in = content(member.entry)) {
            in.skipNBytes(header.bytes());
            byte[] piece = new byte[(int) Math.min(Elements.PIECE, StoredTensor.bytes(header.type(), header.sizes()))];
            Elements.read(header.type(), header.order(), target -> fill(in, piece, target), into);
        }
    }

    private void fill(InputStream in, byte[] piece, ByteBuffer target) throws IOException {
        int count = target.remaining();
        if (in.readNBytes(piece, 0, count) < count) {
            throw new TensorFileException(path, "was changed while it was read");
        }
        target.put(piece, 0, count);
    }

    @Override
    public void close() throws IOException {
        zip.close();
    }
}
