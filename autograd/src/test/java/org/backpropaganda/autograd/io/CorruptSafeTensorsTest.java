package org.backpropaganda.autograd.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Files that no writer of the format makes. */
class CorruptSafeTensorsTest {

    static Stream<Arguments> headers() {
        String deep = "[".repeat(100_000);
        return Stream.of(
                Arguments.of("", 0, "does not begin with {"),
                Arguments.of("[]", 0, "does not begin with {"),
                Arguments.of("{", 0, "no such JSON"),
                Arguments.of("{}x", 0, "JSON"),
                Arguments.of("{} {}", 0, "something follows"),
                Arguments.of("{\"a\":" + deep, 0, "\"a\": expected START_OBJECT"),
                Arguments.of("{\"a\":{\"dtype\":" + deep, 0, "\"a\": dtype"),
                Arguments.of("{\"a\":{\"shape\":[" + deep, 0, ""),
                Arguments.of("{\"a\":{\"shape\":{\"x\":{}}}}", 0, "\"a\": shape"),
                Arguments.of("{\"a\":1}", 0, "\"a\": expected START_OBJECT"),
                Arguments.of("{\"a\":{}}", 0, "\"a\" lacks"),
                Arguments.of(tensor("F33", "[1]", "[0,4]"), 4, "\"a\": unknown dtype \"F33\""),
                Arguments.of(tensor("F32", "[1]", "[0]"), 4, "\"a\" lacks"),
                Arguments.of(tensor("F32", "[-1]", "[0,4]"), 4, "\"a\": shape"),
                Arguments.of(tensor("F32", "[1.0]", "[0,4]"), 4, "\"a\": shape"),
                Arguments.of(tensor("F32", "[null]", "[0,4]"), 4, "\"a\": shape"),
                Arguments.of(tensor("F32", "[99999999999999999999]", "[0,4]"), 4, "no such JSON"),
                Arguments.of(tensor("F32", "[1],\"x\":1", "[0,4]"), 4, "unknown field \"x\""),
                Arguments.of(tensor("F32", "[1],\"shape\":[1]", "[0,4]"), 4, "no such JSON: Duplicate"),
                Arguments.of(tensor("F32", "[4294967296,4294967296]", "[0,0]"), 0, "overflow"),
                Arguments.of(tensor("F32", "[2305843009213693952]", "[0,4]"), 4, "overflow"),
                Arguments.of(tensor("F4", "[3]", "[0,2]"), 2, "12 bits are not whole bytes"),
                Arguments.of(tensor("F32", "[2]", "[0,4]"), 4, "\"a\" F32[2] at [0, 4) takes 8 bytes"),
                Arguments.of(tensor("F32", "[1]", "[4,8]"), 8, "does not begin at 0"),
                Arguments.of(tensor("F32", "[1]", "[0,8]"), 4, "ends behind the file's 4 bytes"),
                Arguments.of(tensor("F32", "[1]", "[0,4]"), 5, "has 5 bytes of data"),
                Arguments.of("{}", 5, "has 5 bytes of data"),
                Arguments.of("{\"a\":" + info("[0,4]") + ",\"a\":" + info("[4,8]") + "}", 8, "Duplicate"),
                Arguments.of("{\"a\":" + info("[0,4]") + ",\"b\":" + info("[2,6]") + "}", 6, "\"b\" F32[1] at [2, 6)"),
                Arguments.of("{\"a\":" + info("[0,4]") + ",\"b\":" + info("[5,9]") + "}", 9, "does not begin at 4"),
                Arguments.of("{\"__metadata__\":{\"a\":1}}", 0, "__metadata__ \"a\""),
                Arguments.of("{\"__metadata__\":[]}", 0, "__metadata__"));
    }

    private static String tensor(String dtype, String shape, String offsets) {
        return "{\"a\":{\"dtype\":\"" + dtype + "\",\"shape\":" + shape + ",\"data_offsets\":" + offsets + "}}";
    }

    private static String info(String offsets) {
        return "{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":" + offsets + "}";
    }

    @ParameterizedTest
    @MethodSource("headers")
    void isRefusedByName(String header, int dataBytes, String message) throws IOException {
        refuse(Scratch.safeTensors(header, dataBytes), message);
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 1, 93, 99_999_999, 100_000_001, Integer.MAX_VALUE, Long.MAX_VALUE, -1, Long.MIN_VALUE})
    void believesNoLength(long length) throws IOException {
        byte[] bytes = Scratch.safeTensors(tensor("F32", "[1]", "[0,4]"), 4);
        ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putLong(0, length);
        refuse(bytes, "");
        refuse(
                ByteBuffer.allocate(8)
                        .order(ByteOrder.LITTLE_ENDIAN)
                        .putLong(length)
                        .array(),
                "");
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 7})
    void needsALength(int bytes) throws IOException {
        refuse(new byte[bytes], "truncated");
    }

    @ParameterizedTest
    @ValueSource(ints = {0x80, 0xFF})
    void needsUtf8(int wrong) throws IOException {
        byte[] bytes = Scratch.safeTensors(tensor("F32", "[1]", "[0,4]"), 4);
        bytes[10] = (byte) wrong;
        refuse(bytes, "not UTF-8");
    }

    private static void refuse(byte[] bytes, String message) throws IOException {
        try (Scratch scratch = new Scratch()) {
            var path = scratch.file("corrupt.safetensors", bytes);
            long before = allocatedBytes();
            assertThatThrownBy(() -> SafeTensors.open(path).close())
                    .isInstanceOf(TensorFileException.class)
                    .hasMessageStartingWith(path + ": ")
                    .hasMessageContaining(message);
            assertThat(allocatedBytes() - before).isLessThan(1 << 24);
        }
    }

    /** By this thread, on the heap. */
    static long allocatedBytes() {
        return ((ThreadMXBean) ManagementFactory.getThreadMXBean()).getCurrentThreadAllocatedBytes();
    }
}
