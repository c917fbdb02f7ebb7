package org.backpropaganda.autograd.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.MemoryKind;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NpzTest {
    private Scratch scratch;
    private Path file;

    @BeforeEach
    void open() throws IOException {
        scratch = new Scratch();
        file = scratch.file("a.npz");
    }

    @AfterEach
    void close() throws IOException {
        scratch.close();
    }

    /** What numpy.save writes for float32 [[1, -2.5]]. */
    @Test
    void writesTheGoldenEntry() throws IOException {
        Npz.write(file, Map.of("w", scratch.tensor(DType.FLOAT, Shape.of(1, 2), 1, -2.5)));
        String text = "{'descr': '<f4', 'fortran_order': False, 'shape': (1, 2), }";
        try (ZipFile zip = new ZipFile(file.toFile())) {
            byte[] entry = zip.getInputStream(zip.getEntry("w.npy")).readAllBytes();
            assertThat(entry).hasSize(128 + 8).startsWith(HexFormat.of().parseHex("934e554d50590100" + "7600"));
            assertThat(new String(entry, 10, 118, StandardCharsets.US_ASCII))
                    .isEqualTo(text + " ".repeat(117 - text.length()) + "\n");
            assertThat(Arrays.copyOfRange(entry, 128, 136))
                    .isEqualTo(HexFormat.of().parseHex("0000803f000020c0"));
        }
    }

    @ParameterizedTest
    @CsvSource({"1, '<f4', 0000803f, F32", "2, '>f4', 3f800000, F32", "3, '<f8', 000000000000f03f, F64"})
    void readsVersionsAndByteOrders(int version, String descr, String data, StoredType type) throws IOException {
        zip(npy(version, "{'descr': '" + descr + "', 'fortran_order': False, 'shape': (), }\n", data));
        try (TensorFile read = Npz.open(file)) {
            assertThat(read.tensors().values()).extracting(StoredTensor::type).containsExactly(type);
            assertThat(read.metadata()).isEmpty();
            assertThat(read.read("x", scratch.root, MemoryKind.PARAMETER).item())
                    .isEqualTo(1);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "'<f2', 003c00c0, 1, -2",
        "'>f2', 3c00c000, 1, -2",
        "'>f8', 3ff0000000000000c000000000000000, 1, -2",
        "'<i4', 01000000ffffffff, 1, -1",
        "'>i4', 00000001ffffffff, 1, -1",
        "'|u1', 01ff, 1, 255",
        "'<u1', 01ff, 1, 255"
    })
    void readsWhatTensorsHold(String descr, String data, double first, double second) throws IOException {
        zip(npy(1, "{'shape': (2L,), 'descr': '" + descr + "','fortran_order':False}", data));
        try (TensorFile read = Npz.open(file)) {
            assertThat(read.read("x", scratch.root, MemoryKind.PARAMETER).toDoubles())
                    .containsExactly(first, second);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "'<f4', True, '(1,)', is in Fortran order",
        "'<f3', False, '(1,)', which is not known",
        "'|f4', False, '(1,)', which is not known",
        "'=f4', False, '(1,)', which is not known",
        "'|O', False, '(1,)', which is not known",
        "'<f4', 1, '(1,)', no plain array",
        "'<f4', False, '1', no plain array",
        "'<f4', False, '(-1,)', no plain array",
        "'<f4', False, '(1 2,)', has the shape",
        "'<f4', False, '(99999999999999999999,)', has the shape",
        "'<f4', False, '(2,)', by its header",
        "'<f4', False, '(0,)', by its header",
        "'<f4', False, '(4294967296, 4294967296)', overflow",
        "'<f4', False, '(1,), ''x'': (1,)', unknown field",
        "'<f4', False, '(1,), ''x'': __import__(1)', no plain array"
    })
    void refusesOtherHeadersByName(String descr, String fortran, String shape, String message) throws IOException {
        String text = "{'descr': '" + descr + "', 'fortran_order': " + fortran + ", 'shape': " + shape + "}";
        zip(npy(1, text, "0000803f"));
        assertRefused(message, "x.npy");
    }

    @Test
    void refusesOtherFiles() throws IOException {
        zip("no array".getBytes(StandardCharsets.US_ASCII));
        assertRefused("does not begin as a .npy file", "x.npy");
        byte[] entry = npy(1, "{'descr': '<f4', 'fortran_order': False, 'shape': (1,)}", "0000803f");
        for (int length : new int[] {0, 5, 7, 9, 20}) {
            zip(Arrays.copyOf(entry, length));
            assertRefused("", "x.npy");
        }
        entry[6] = 9;
        zip(entry);
        assertRefused("version 9", "x.npy");
        byte[] long2 = npy(2, "{}", "");
        ByteBuffer.wrap(long2).order(ByteOrder.LITTLE_ENDIAN).putInt(8, Integer.MAX_VALUE);
        zip(long2);
        assertRefused("header of 2147483647 bytes", "x.npy");
        Files.write(file, new byte[100]);
        assertRefused("is no npz file", "");
        assertThatThrownBy(() -> Npz.open(scratch.file("gone"))).isInstanceOf(NoSuchFileException.class);
    }

    @Test
    void refusesAZipBombBeforeExpandingIt() throws IOException {
        Tensor zeros = scratch.root.zeros(Shape.of(1 << 20), DType.FLOAT, MemoryKind.PARAMETER);
        Npz.writeDeflated(file, Map.of("zeros", zeros));
        assertThat(Files.size(file)).isLessThan(1 << 14);
        Npz.open(file).close();
        long before = CorruptSafeTensorsTest.allocatedBytes();
        assertThatThrownBy(() -> Npz.open(file, 1 << 20))
                .isInstanceOf(TensorFileException.class)
                .hasMessageContainingAll(file.toString(), "zeros.npy", "beyond 1048576 bytes");
        assertThat(CorruptSafeTensorsTest.allocatedBytes() - before).isLessThan(1 << 20);
    }

    @Test
    void keepsTheOrderAndRefusesBits() throws IOException {
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        tensors.put("z", scratch.tensor(DType.INT, Shape.of(2), 1, 2));
        tensors.put("dir/a", scratch.tensor(DType.BYTE, Shape.of(1), 7));
        Npz.write(file, tensors);
        try (TensorFile read = Npz.open(file)) {
            assertThat(read.tensors().keySet()).containsExactly("z", "dir/a");
        }
        Tensor bits = scratch.root.allocate(Shape.of(8), DType.BIT);
        byte[] before = Files.readAllBytes(file);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Npz.write(file, Map.of("mask", bits)))
                .withMessageContainingAll("mask", "BIT");
        assertThat(file).hasBinaryContent(before);
    }

    private void assertRefused(String message, String name) {
        assertThatThrownBy(() -> Npz.open(file).close())
                .isInstanceOf(TensorFileException.class)
                .hasMessageStartingWith(file + ": ")
                .hasMessageContainingAll(message, name);
    }

    private void zip(byte[] entry) throws IOException {
        try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(file))) {
            zip.putNextEntry(new ZipEntry("x.npy"));
            zip.write(entry);
        }
    }

    private static byte[] npy(int version, String header, String data) {
        byte[] text = header.getBytes(StandardCharsets.US_ASCII);
        byte[] values = HexFormat.of().parseHex(data);
        ByteBuffer out = ByteBuffer.allocate(12 + text.length + values.length).order(ByteOrder.LITTLE_ENDIAN);
        out.put(HexFormat.of().parseHex("934e554d5059")).put((byte) version).put((byte) 0);
        if (version == 1) {
            out.putShort((short) text.length);
        } else {
            out.putInt(text.length);
        }
        out.put(text).put(values);
        return Arrays.copyOf(out.array(), out.position());
    }
}
