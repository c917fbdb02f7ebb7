package org.backpropaganda.autograd.io;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.backpropaganda.autograd.tensor.Tensor;

/** NumPy's format: a zip of .npy files, one a tensor, in the order given, plain or deflated. */
public final class Npz {
    private static final LocalDateTime FIRST_DAY = LocalDateTime.of(1980, 1, 1, 0, 0);
    private static final long ALWAYS_BYTES = 1 << 26;
    private static final long MOST_EXPANSION = 100;

    private Npz() {}

    /** Leaves the channel open: it is forced to the disk after the zip is closed. */
    private static final class Flushed extends BufferedOutputStream {
        Flushed(OutputStream out) {
            super(out);
        }

        @Override
        public void close() throws IOException {
            flush();
        }
    }

    /**
     * Writes tensors by name as {@code numpy.savez} does. Until all of it is on the disk, the last file of that name
     * stays.
     *
     * @param tensors not modified
     * @throws IllegalArgumentException if a tensor is of bits
     */
    public static void write(Path file, Map<String, Tensor> tensors) throws IOException {
        write(file, tensors, ZipEntry.STORED);
    }

    /**
     * Writes tensors by name and deflated, as {@code numpy.savez_compressed} does. Until all of it is on the disk, the last
     * file of that name stays.
     *
     * @param tensors not modified
     * @throws IllegalArgumentException if a tensor is of bits
     */
    public static void writeDeflated(Path file, Map<String, Tensor> tensors) throws IOException {
        write(file, tensors, ZipEntry.DEFLATED);
    }

    private static void write(Path file, Map<String, Tensor> tensors, int method) throws IOException {
        Map<ZipEntry, Tensor> entries = new LinkedHashMap<>();
        for (Map.Entry<String, Tensor> named : tensors.entrySet()) {
            entries.put(entry(named.getKey(), named.getValue(), method), named.getValue());
        }
        AtomicFile.write(file, channel -> {
            try (ZipOutputStream zip = new ZipOutputStream(new Flushed(Channels.newOutputStream(channel)))) {
                for (Map.Entry<ZipEntry, Tensor> each : entries.entrySet()) {
                    zip.putNextEntry(each.getKey());
                    zip.write(NpyHeader.of(each.getValue()));
                    copy(each.getValue(), zip);
                    zip.closeEntry();
                }
            }
        });
    }

    private static ZipEntry entry(String name, Tensor tensor, int method) throws IOException {
        byte[] header;
        try {
            header = NpyHeader.of(tensor);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("tensor \"" + name + "\": " + e.getMessage(), e);
        }
        ZipEntry entry = new ZipEntry(name + NpzFile.SUFFIX);
        entry.setTimeLocal(FIRST_DAY);
        entry.setMethod(method);
        if (method == ZipEntry.STORED) {
            // A plain entry begins with its checksum.
            CRC32 crc = new CRC32();
            crc.update(header);
            Elements.write(tensor, crc::update);
            entry.setCrc(crc.getValue());
            entry.setSize(header.length + tensor.bytes());
        }
        return entry;
    }

    private static void copy(Tensor tensor, OutputStream out) throws IOException {
        byte[] piece = new byte[(int) Math.min(Elements.PIECE, tensor.bytes())];
        Elements.write(tensor, bytes -> {
            int count = bytes.remaining();
            bytes.get(piece, 0, count);
            out.write(piece, 0, count);
        });
    }

    /**
     * Opens a file and checks all of it: headers, lengths, checksums. It may expand to 64 MiB, or to a hundred times its
     * own size if that is more.
     *
     * @throws TensorFileException if it is not such a file, truncated, corrupt or expands to more
     */
    public static TensorFile open(Path file) throws IOException {
        return open(file, Math.max(ALWAYS_BYTES, Math.multiplyExact(MOST_EXPANSION, Files.size(file))));
    }

    /**
     * Opens a file and checks all of it, headers, lengths and checksums, with a bound of the user's own.
     *
     * @param mostBytes the most that all entries together may expand to
     * @throws TensorFileException if it is not such a file, truncated, corrupt or expands to more
     */
    public static TensorFile open(Path file, long mostBytes) throws IOException {
        return NpzFile.open(file, mostBytes);
    }
}
