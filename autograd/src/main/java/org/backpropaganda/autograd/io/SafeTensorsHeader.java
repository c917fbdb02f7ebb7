package org.backpropaganda.autograd.io;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What stands before the data of a safetensors file, checked against itself and the file's length. It is read as a
 * stream: what is allocated for it is what its tensors and strings take, and these are bounded in number.
 *
 * @param entries by name, in the order of their data
 * @param metadata strings
 * @param dataStart where the data begin, in the file
 */
record SafeTensorsHeader(Map<String, Entry> entries, Map<String, String> metadata, long dataStart) {
    /** The longest header that is read: the bound of the format's own readers. */
    static final int MOST_BYTES = 100_000_000;

    /**
     * A tensor and its place.
     *
     * @param begin first byte of its data, counted from where data begin
     * @param end behind its last byte
     */
    record Entry(StoredTensor tensor, long begin, long end) {}

    static SafeTensorsHeader read(Path file, FileChannel channel) throws IOException {
        long fileBytes = channel.size();
        if (fileBytes < Long.BYTES) {
            throw new TensorFileException(file, "truncated: " + fileBytes + " bytes are too few for a header");
        }
        ByteBuffer length = ByteBuffer.allocate(Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        SafeTensorsFile.readFully(file, channel, 0, length);
        long headerBytes = length.getLong(0);
        if (headerBytes < 0 || headerBytes > MOST_BYTES) {
            throw new TensorFileException(
                    file,
                    "the header's length " + Long.toUnsignedString(headerBytes) + " is above " + MOST_BYTES
                            + " bytes; is this a safetensors file?");
        }
        if (headerBytes > fileBytes - Long.BYTES) {
            throw new TensorFileException(
                    file, "truncated: the header takes " + headerBytes + " bytes, the whole file has " + fileBytes);
        }
        requireObject(file, channel, headerBytes);
        Map<String, String> metadata = new LinkedHashMap<>();
        List<Entry> entries = SafeTensorsJson.parse(file, new FileRegion(channel, Long.BYTES, headerBytes), metadata);
        long dataStart = Long.BYTES + headerBytes;
        return new SafeTensorsHeader(
                gapless(file, entries, fileBytes - dataStart), Collections.unmodifiableMap(metadata), dataStart);
    }

    private static void requireObject(Path file, FileChannel channel, long headerBytes) throws IOException {
        ByteBuffer first = ByteBuffer.allocate((int) Math.min(1, headerBytes));
        SafeTensorsFile.readFully(file, channel, Long.BYTES, first);
        if (headerBytes == 0 || first.get(0) != '{') {
            throw new TensorFileException(file, "the header does not begin with {");
        }
    }

    private static Map<String, Entry> gapless(Path file, List<Entry> entries, long dataBytes)
            throws TensorFileException {
        entries.sort(Comparator.comparingLong(Entry::begin).thenComparingLong(Entry::end));
        Map<String, Entry> byName = new LinkedHashMap<>();
        long expected = 0;
        for (Entry entry : entries) {
            if (entry.begin != expected || entry.end < entry.begin) {
                throw new TensorFileException(
                        file, named(entry) + " does not begin at " + expected + ", where the last ends");
            }
            if (entry.end > dataBytes) {
                throw new TensorFileException(
                        file, named(entry) + " ends behind the file's " + dataBytes + " bytes of data");
            }
            long bytes = bytes(file, entry.tensor);
            if (bytes != entry.end - entry.begin) {
                throw new TensorFileException(file, named(entry) + " takes " + bytes + " bytes by its type and shape");
            }
            expected = entry.end;
            byName.put(entry.tensor.name(), entry);
        }
        if (expected != dataBytes) {
            throw new TensorFileException(
                    file, "has " + dataBytes + " bytes of data, but its tensors end at " + expected);
        }
        return Collections.unmodifiableMap(byName);
    }

    private static String named(Entry entry) {
        return "tensor " + entry.tensor + " at [" + entry.begin + ", " + entry.end + ")";
    }

    private static long bytes(Path file, StoredTensor tensor) throws TensorFileException {
        try {
            return tensor.bytes();
        } catch (ArithmeticException e) {
            throw new TensorFileException(file, "tensor " + tensor + ": " + e.getMessage(), e);
        }
    }
}
