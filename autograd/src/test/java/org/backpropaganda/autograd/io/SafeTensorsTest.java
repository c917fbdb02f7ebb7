package org.backpropaganda.autograd.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.MemoryKind;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class SafeTensorsTest {
    private Scratch scratch;
    private Path file;

    @BeforeEach
    void open() throws IOException {
        scratch = new Scratch();
        file = scratch.file("a.safetensors");
    }

    @AfterEach
    void close() throws IOException {
        scratch.close();
    }

    /** Written out by hand from the format's description. */
    @Test
    void writesTheGoldenBytes() throws IOException {
        SafeTensors.write(file, Map.of("wt", scratch.tensor(DType.FLOAT, Shape.of(1, 2), 1, -2.5)));
        assertThat(Files.readAllBytes(file))
                .isEqualTo(HexFormat.of()
                        .parseHex(
                                "4000000000000000" // 64
                                        + "7b227774223a7b226474797065223a22463332222c" // {"wt":{"dtype":"F32",
                                        + "227368617065223a5b312c325d2c" // "shape":[1,2],
                                        + "22646174615f6f666673657473223a5b302c385d7d7d" // "data_offsets":[0,8]}}
                                        + "20202020202020" // seven spaces
                                        + "0000803f000020c0"));
    }

    @Test
    void ordersByTypeThenByNameInUtf8() throws IOException {
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        tensors.put("m", scratch.tensor(DType.BYTE, Shape.of(3), 1, 2, 255));
        tensors.put("n", scratch.tensor(DType.INT, Shape.scalar(), -7));
        tensors.put("\uFB01", scratch.tensor(DType.FLOAT, Shape.of(1), 1));
        tensors.put("\uD83D\uDE00", scratch.tensor(DType.FLOAT, Shape.of(1), 2));
        tensors.put("w\"\\\n\u001F", scratch.tensor(DType.FLOAT, Shape.of(1), 3));
        tensors.put("d", scratch.tensor(DType.DOUBLE, Shape.of(1), 0.5));
        SafeTensors.write(file, tensors, Map.of("format", "pt"));
        byte[] bytes = Files.readAllBytes(file);
        int header = bytes[0] + 256 * bytes[1];
        assertThat(header % 8).isZero();
        assertThat(new String(bytes, 8, header, StandardCharsets.UTF_8).strip())
                .isEqualTo("{\"__metadata__\":{\"format\":\"pt\"},"
                        + "\"d\":{\"dtype\":\"F64\",\"shape\":[1],\"data_offsets\":[0,8]},"
                        + "\"w\\\"\\\\\\n\\u001f\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[8,12]},"
                        + "\"\uFB01\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[12,16]},"
                        + "\"\uD83D\uDE00\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[16,20]},"
                        + "\"n\":{\"dtype\":\"I32\",\"shape\":[],\"data_offsets\":[20,24]},"
                        + "\"m\":{\"dtype\":\"U8\",\"shape\":[3],\"data_offsets\":[24,27]}}");
        assertThat(bytes).hasSize(8 + header + 27);
        try (TensorFile read = SafeTensors.open(file)) {
            assertThat(read.metadata()).containsExactly(Map.entry("format", "pt"));
            assertThat(read.path()).isEqualTo(file);
            Map<String, Tensor> found = scratch.all(read);
            assertThat(found).hasSameSizeAs(tensors);
            tensors.forEach((name, tensor) -> {
                assertThat(found.get(name).spec()).isEqualTo(tensor.spec());
                assertThat(Scratch.bytes(found.get(name))).isEqualTo(Scratch.bytes(tensor));
            });
        }
    }

    @Test
    void widensHalfPrecision() throws IOException {
        String header = "{\"h\":{\"dtype\":\"F16\",\"shape\":[8],\"data_offsets\":[0,16]},"
                + "\"b\":{\"dtype\":\"BF16\",\"shape\":[4],\"data_offsets\":[16,24]}}";
        byte[] bytes = Scratch.safeTensors(header, 24);
        byte[] data = HexFormat.of()
                .parseHex("003c" + "00c0" + "ff7b" + "0100" + "ff03" + "0080" + "007c" + "017e" // F16
                        + "803f" + "00c0" + "80ff" + "0100"); // BF16
        System.arraycopy(data, 0, bytes, bytes.length - data.length, data.length);
        try (TensorFile read = SafeTensors.open(scratch.file("h", bytes))) {
            assertThat(read.read("h", scratch.root, MemoryKind.PARAMETER).toDoubles())
                    .containsExactly(1, -2, 65504, 0x1p-24, 0x3ffp-24, -0.0, Double.POSITIVE_INFINITY, Double.NaN);
            Tensor wide = scratch.root.allocate(Shape.of(8), DType.DOUBLE);
            read.read("h", wide);
            assertThat(wide.toDoubles()[4]).isEqualTo(0x3ffp-24);
            assertThat(read.read("b", scratch.root, MemoryKind.PARAMETER).toDoubles())
                    .containsExactly(1, -2, Double.NEGATIVE_INFINITY, 0x1p-133);
        }
    }

    @Test
    void leavesWhatNoTensorHoldsAlone() throws IOException {
        String header = "{\"count\":{\"dtype\":\"I64\",\"shape\":[],\"data_offsets\":[0,8]},"
                + "\"none\":{\"dtype\":\"F32\",\"shape\":[0,3],\"data_offsets\":[8,8]},"
                + "\"w\":{\"data_offsets\":[8,12],\"shape\":[1],\"dtype\":\"F32\"}}   ";
        try (TensorFile read = SafeTensors.open(scratch.file("h", Scratch.safeTensors(header, 12)))) {
            assertThat(read.tensors().keySet()).containsExactly("count", "none", "w");
            assertThat(read.read("w", scratch.root, MemoryKind.PARAMETER).item())
                    .isZero();
            for (String name : List.of("count", "none", "gone")) {
                assertThatThrownBy(() -> read.read(name, scratch.root, MemoryKind.PARAMETER))
                        .isInstanceOf(TensorFileException.class)
                        .hasMessageContainingAll(read.path().toString(), "\"" + name + "\"");
            }
            assertThatThrownBy(() -> read.read("w", scratch.root.allocate(Shape.of(2), DType.FLOAT)))
                    .isInstanceOf(TensorFileException.class)
                    .hasMessageContaining("\"w\" F32[1] does not fit FLOAT[2]");
        }
    }

    @Test
    void refusesWhatItCannotWrite() {
        Tensor bits = scratch.root.allocate(Shape.of(8), DType.BIT);
        Tensor good = scratch.tensor(DType.FLOAT, Shape.of(1), 1);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> SafeTensors.write(file, Map.of("mask", bits)))
                .withMessageContainingAll("mask", "BIT");
        assertThatIllegalArgumentException().isThrownBy(() -> SafeTensors.write(file, Map.of("__metadata__", good)));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> SafeTensors.write(file, Map.of("\uD83D", good)))
                .withMessageContaining("surrogate");
        assertThat(file).doesNotExist();
        assertThat(scratch.directory).isEmptyDirectory();
        assertThatThrownBy(() -> SafeTensors.open(file)).isInstanceOf(NoSuchFileException.class);
    }
}
