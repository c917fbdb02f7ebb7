package org.backpropaganda.autograd.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.MemoryKind;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Files made to fill the memory or to write to the terminal of whoever opens them. */
class HostileFilesTest {
    /** Clears the screen, sets the title, starts a line, turns the direction of writing. */
    private static final String ESCAPES = "\u001b[2J\u001b]0;x\u0007\n\r\u202e\u009b1m";

    private static final int MOST_CHARACTERS = 5000;

    private Scratch scratch;

    @BeforeEach
    void open() throws IOException {
        scratch = new Scratch();
    }

    @AfterEach
    void close() throws IOException {
        scratch.close();
    }

    private static void assertTame(ThrowingCallable opening, String... words) {
        assertThatThrownBy(opening)
                .isInstanceOf(TensorFileException.class)
                .hasMessageContainingAll(words)
                .satisfies(e -> assertThat(e.getMessage())
                        .hasSizeLessThan(MOST_CHARACTERS)
                        .matches(message -> message.codePoints()
                                .noneMatch(c -> c < ' ' || (c >= 0x7f && c < 0xa0) || (c >= 0x2028 && c <= 0x202e))));
    }

    static Stream<String> headers() {
        String name = "a" + "\\u001b[2J\\n\\u202e".repeat(2000);
        String info = "{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}";
        String sizes = "1" + ",1".repeat(50_000);
        return Stream.of(
                "{\"" + name + "\":" + info + "}",
                "{\"" + name + "\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,4]}}",
                "{\"" + name + "\":1}",
                "{\"" + name + "\":{\"dtype\":\"" + name + "\"}}",
                "{\"a\":{\"" + name + "\":1}}",
                "{\"__metadata__\":{\"" + name + "\":1}}",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[" + sizes + "],\"data_offsets\":[0,4]}}",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[" + sizes + "]}}",
                "{\"a\":" + info + ",\"a\":" + info + "}",
                "{" + "z".repeat(40_000) + "\u001b[2J");
    }

    @ParameterizedTest
    @MethodSource("headers")
    void namesOfSafeTensorsAreTame(String header) throws IOException {
        Path file = scratch.file("a.safetensors", Scratch.safeTensors(header, 0));
        assertTame(() -> SafeTensors.open(file), file.toString());
    }

    @Test
    void namesThatDoNotFitAreTame() throws IOException {
        Path file = scratch.file("a.safetensors");
        Tensor one = scratch.tensor(DType.FLOAT, Shape.of(1), 1);
        SafeTensors.write(file, Map.of(ESCAPES.repeat(500), one), Map.of(ESCAPES, ESCAPES));
        try (TensorFile opened = SafeTensors.open(file)) {
            assertTame(() -> Weights.load(opened, Map.of("b", one), Weights.Loading.strict()), "\\u001b[2J", "\"b\"");
            assertTame(() -> opened.read(ESCAPES, scratch.root, MemoryKind.PARAMETER), "has no tensor");
        }
    }

    @Test
    void notesOfStatesAreTame() throws IOException {
        Path file = scratch.file("a.state");
        SafeTensors.write(file, Map.of(), Checksum.roomIn(Map.of("format", ESCAPES.repeat(2000))));
        assertTame(() -> StateEntries.read(file, Map.of("format", ESCAPES.repeat(2000))), "is of format");
        Map<String, String> strings =
                Map.of("format", "backpropaganda training state 1", "step", ESCAPES.repeat(2000), "plateau.p", ESCAPES);
        StateEntries entries = StateEntries.read(file, strings);
        assertTame(entries::progress, "\"step\"");
        assertTame(() -> entries.plateau("p"), "plateau.p");
    }

    @Test
    void aSmallZipMakesNoLongMessage() throws IOException {
        for (String text : new String[] {
            "{'descr': '" + "x".repeat(60_000) + "'}",
            "x".repeat(60_000),
            "{'descr': '<f4', 'fortran_order': False, 'shape': (" + "1,".repeat(30_000) + ")}",
            "{'descr': '<f4', 'fortran_order': False, 'shape': (" + "1 1".repeat(20_000) + ")}",
            "{" + "'a':True,".repeat(6000) + "}",
            "{'descr': '" + ESCAPES + "', 'fortran_order': False, 'shape': ()}"
        }) {
            Path file = npz("x.npy", text);
            assertThat(Files.size(file)).isLessThan(1000);
            assertTame(() -> Npz.open(file), file.toString());
        }
        assertTame(() -> Npz.open(npz(ESCAPES.repeat(1000), "")), "no .npy file");
        assertTame(() -> Npz.open(npz(ESCAPES.repeat(1000) + ".npy", "")), "\\u001b[2J");
    }

    private Path npz(String name, String header) throws IOException {
        byte[] text = header.getBytes(StandardCharsets.UTF_8);
        Path file = scratch.file("a.npz");
        try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(file))) {
            zip.putNextEntry(new ZipEntry(name));
            zip.write(new byte[] {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0});
            zip.write(text.length);
            zip.write(text.length >> 8);
            zip.write(text);
        }
        return file;
    }

    /** A header of nothing but blanks takes no memory, however long it is. */
    @Test
    void aLongHeaderIsReadAsAStream() throws IOException {
        Path file = header("{", " ".repeat(1000), 98_000, "}");
        long before = CorruptSafeTensorsTest.allocatedBytes();
        SafeTensors.open(file).close();
        assertThat(CorruptSafeTensorsTest.allocatedBytes() - before).isLessThan(1 << 23);
    }

    /** Seven million of them are as many as the format's 100 million bytes have room for. */
    @Test
    void millionsOfStringsAreRefused() throws IOException {
        Path file = header("{\"__metadata__\":{", "\"########\":\"\",", 7_000_000, "\"\":\"\"}}");
        long before = CorruptSafeTensorsTest.allocatedBytes();
        assertTame(() -> SafeTensors.open(file), "more than 1048576 strings in __metadata__");
        assertThat(CorruptSafeTensorsTest.allocatedBytes() - before).isLessThan(400L << 20);
    }

    @Test
    void millionsOfTensorsAreRefused() throws IOException {
        String tensor = "\"########\":{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0,0]},";
        Path file = header("{", tensor, 1_500_000, "\"\":1}");
        long before = CorruptSafeTensorsTest.allocatedBytes();
        assertTame(() -> SafeTensors.open(file), "more than 1048576 tensors");
        assertThat(CorruptSafeTensorsTest.allocatedBytes() - before).isLessThan(1L << 30);
    }

    /** A header of one text many times over, in which ######## becomes a number. */
    private Path header(String first, String repeated, int times, String last) throws IOException {
        long bytes = first.length() + (long) times * repeated.length() + last.length();
        Path file = scratch.file("long.safetensors");
        int hole = repeated.indexOf('#');
        byte[] text = repeated.getBytes(StandardCharsets.US_ASCII);
        try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(file), 1 << 16)) {
            out.write(ByteBuffer.allocate(Long.BYTES)
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .putLong(bytes)
                    .array());
            out.write(first.getBytes(StandardCharsets.US_ASCII));
            for (int i = 0; i < times; i++) {
                for (int digit = 0, rest = i; hole >= 0 && digit < 8; digit++, rest /= 10) {
                    text[hole + 7 - digit] = (byte) ('0' + rest % 10);
                }
                out.write(text);
            }
            out.write(last.getBytes(StandardCharsets.US_ASCII));
        }
        return file;
    }
}
