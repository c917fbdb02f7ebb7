package org.backpropaganda.experiments.export;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.zip.CRC32C;

/**
 * Scalars by step as TensorBoard reads them: records of protocol buffers, each with its length and masked CRC32C.
 *
 * <pre>{@code
 * try (TensorBoardEvents events = TensorBoardEvents.create(directory.resolve(TensorBoardEvents.FILE), seconds)) {
 *     events.scalar("loss", step, loss, seconds);
 * }
 * }</pre>
 *
 * <p>Source: TensorFlow's {@code record_writer.cc}, {@code event.proto} and {@code summary.proto}.
 */
public final class TensorBoardEvents implements AutoCloseable {
    /** A name that TensorBoard takes for such a file. */
    public static final String FILE = "events.out.tfevents.0.backprop";

    private static final int MASK = 0xa282ead8;
    private static final int WALL_TIME = 1 << 3 | 1;
    private static final int STEP = 2 << 3;
    private static final int FILE_VERSION = 3 << 3 | 2;
    private static final int SUMMARY = 5 << 3 | 2;
    private static final int VALUE = 1 << 3 | 2;
    private static final int TAG = 1 << 3 | 2;
    private static final int SIMPLE_VALUE = 2 << 3 | 5;

    private final OutputStream out;

    private TensorBoardEvents(OutputStream out) {
        this.out = out;
    }

    /**
     * A new file, with the record that all begin with.
     *
     * @param seconds since 1970, when that is
     */
    public static TensorBoardEvents create(Path file, double seconds) throws IOException {
        TensorBoardEvents events = new TensorBoardEvents(Files.newOutputStream(file));
        Message version = new Message();
        version.number(WALL_TIME, seconds);
        version.bytes(FILE_VERSION, "brain.Event:2".getBytes(StandardCharsets.UTF_8));
        events.record(version.toBytes());
        return events;
    }

    /**
     * Adds a value.
     *
     * @param tag what it is; values of one tag are one curve
     * @param step in which it was
     * @param value rounded to a float
     * @param seconds since 1970, when it was
     */
    public void scalar(String tag, long step, double value, double seconds) throws IOException {
        Message scalar = new Message();
        scalar.bytes(TAG, tag.getBytes(StandardCharsets.UTF_8));
        scalar.number(SIMPLE_VALUE, (float) value);
        Message summary = new Message();
        summary.bytes(VALUE, scalar.toBytes());
        Message event = new Message();
        event.number(WALL_TIME, seconds);
        event.number(STEP, step);
        event.bytes(SUMMARY, summary.toBytes());
        record(event.toBytes());
    }

    private void record(byte[] data) throws IOException {
        byte[] length = bytes((long) data.length);
        out.write(length);
        out.write(bytes(masked(length)));
        out.write(data);
        out.write(bytes(masked(data)));
    }

    private static int masked(byte[] bytes) {
        CRC32C crc = new CRC32C();
        crc.update(bytes);
        return Integer.rotateRight((int) crc.getValue(), 15) + MASK;
    }

    /** The lowest byte first, as everything in these files. */
    private static byte[] bytes(long value) {
        byte[] bytes = new byte[Long.BYTES];
        ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putLong(value);
        return bytes;
    }

    private static byte[] bytes(int value) {
        return Arrays.copyOf(bytes((long) value), Integer.BYTES);
    }

    @Override
    public void close() throws IOException {
        out.close();
    }

    /** A protocol buffer. */
    private static final class Message {
        private static final int SEVEN = 7;
        private static final int MORE = 1 << SEVEN;

        private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

        void number(int key, double value) {
            bytes.write(key);
            bytes.writeBytes(TensorBoardEvents.bytes(Double.doubleToLongBits(value)));
        }

        void number(int key, float value) {
            bytes.write(key);
            bytes.writeBytes(TensorBoardEvents.bytes(Float.floatToIntBits(value)));
        }

        void number(int key, long value) {
            bytes.write(key);
            varint(value);
        }

        void bytes(int key, byte[] value) {
            bytes.write(key);
            varint(value.length);
            bytes.writeBytes(value);
        }

        private void varint(long value) {
            long left = value;
            while (left < 0 || left >= MORE) {
                bytes.write((int) (left & (MORE - 1)) | MORE);
                left >>>= SEVEN;
            }
            bytes.write((int) left);
        }

        byte[] toBytes() {
            return bytes.toByteArray();
        }
    }
}
