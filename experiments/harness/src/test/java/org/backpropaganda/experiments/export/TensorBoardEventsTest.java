package org.backpropaganda.experiments.export;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.backpropaganda.experiments.run.RunResult;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Against published bytes, and a reader that shares nothing with the writer. */
class TensorBoardEventsTest {
    @TempDir
    private Path directory;

    private record Scalar(String tag, long step, float value) {}

    /** CRC32C bit by bit: the polynomial of Castagnoli, reflected. */
    private static int crc32c(byte[] bytes) {
        int crc = -1;
        for (byte each : bytes) {
            crc ^= each & 0xff;
            for (int i = 0; i < 8; i++) {
                crc = (crc >>> 1) ^ ((crc & 1) * 0x82f63b78);
            }
        }
        return ~crc;
    }

    private static int masked(byte[] bytes) {
        int crc = crc32c(bytes);
        return ((crc >>> 15) | (crc << 17)) + 0xa282ead8;
    }

    private static List<byte[]> records(byte[] file) {
        ByteBuffer in = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
        List<byte[]> records = new ArrayList<>();
        while (in.hasRemaining()) {
            byte[] length = new byte[8];
            in.get(length);
            assertThat(in.getInt()).isEqualTo(masked(length));
            byte[] data = new byte
                    [(int) ByteBuffer.wrap(length)
                            .order(ByteOrder.LITTLE_ENDIAN)
                            .getLong()];
            in.get(data);
            assertThat(in.getInt()).isEqualTo(masked(data));
            records.add(data);
        }
        return records;
    }

    private static long varint(ByteBuffer in) {
        long value = 0;
        for (int shift = 0; ; shift += 7) {
            byte next = in.get();
            value |= (long) (next & 0x7f) << shift;
            if (next >= 0) {
                return value;
            }
        }
    }

    private static byte[] bytes(ByteBuffer in) {
        byte[] bytes = new byte[(int) varint(in)];
        in.get(bytes);
        return bytes;
    }

    private static Scalar scalar(byte[] event) {
        ByteBuffer in = ByteBuffer.wrap(event).order(ByteOrder.LITTLE_ENDIAN);
        assertThat(in.get()).isEqualTo((byte) 0x09);
        assertThat(in.getDouble()).isPositive();
        assertThat(in.get()).isEqualTo((byte) 0x10);
        long step = varint(in);
        assertThat(in.get()).isEqualTo((byte) 0x2a);
        ByteBuffer summary = ByteBuffer.wrap(bytes(in));
        assertThat(summary.get()).isEqualTo((byte) 0x0a);
        ByteBuffer value = ByteBuffer.wrap(bytes(summary)).order(ByteOrder.LITTLE_ENDIAN);
        assertThat(value.get()).isEqualTo((byte) 0x0a);
        String tag = new String(bytes(value), StandardCharsets.UTF_8);
        assertThat(value.get()).isEqualTo((byte) 0x15);
        return new Scalar(tag, step, value.getFloat());
    }

    @Test
    void theReaderHereKnowsThePublishedCheckSum() {
        assertThat(crc32c("123456789".getBytes(StandardCharsets.US_ASCII))).isEqualTo(0xe3069283);
    }

    @Test
    void theFirstRecordIsThatOfTensorFlow() throws IOException {
        Path file = directory.resolve(TensorBoardEvents.FILE);
        TensorBoardEvents.create(file, 0).close();
        assertThat(HexFormat.of().formatHex(Files.readAllBytes(file)))
                .isEqualTo("1800000000000000a37f4b220900000000000000001a0d627261696e2e4576656e743a32eedf28a3");
        assertThat(TensorBoardEvents.FILE).contains("tfevents");
    }

    @Test
    void lossesPeaksAndAccuracyComeBack() throws IOException {
        Path file = directory.resolve(TensorBoardEvents.FILE);
        List<RunResult.StepPoint> course =
                List.of(new RunResult.StepPoint(0, null, 1L << 20), new RunResult.StepPoint(300, 1.25, 3L << 20));
        CourseFiles.tensorBoard(course, 0.5, file);
        List<byte[]> records = records(Files.readAllBytes(file));
        assertThat(records.subList(1, records.size()).stream().map(TensorBoardEventsTest::scalar))
                .containsExactly(
                        new Scalar("peak bytes", 0, 1 << 20),
                        new Scalar("loss", 300, 1.25f),
                        new Scalar("peak bytes", 300, 3 << 20),
                        new Scalar("test accuracy", 300, 0.5f));
    }
}
