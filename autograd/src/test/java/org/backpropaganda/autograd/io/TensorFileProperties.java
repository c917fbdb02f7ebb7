package org.backpropaganda.autograd.io;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.testkit.TensorArbitraries;

/** Both formats: every tensor comes back, and a damaged file loads or is refused, but does nothing else. */
class TensorFileProperties {
    private static final long MOST_ALLOCATED = 1 << 24;

    /** A way to write and to open. */
    enum Format {
        SAFETENSORS,
        NPZ,
        NPZ_DEFLATED;

        void write(Path file, Map<String, Tensor> tensors) throws IOException {
            switch (this) {
                case SAFETENSORS -> SafeTensors.write(file, tensors);
                case NPZ -> Npz.write(file, tensors);
                case NPZ_DEFLATED -> Npz.writeDeflated(file, tensors);
            }
        }

        TensorFile open(Path file) throws IOException {
            return this == SAFETENSORS ? SafeTensors.open(file) : Npz.open(file);
        }
    }

    /** A tensor to be. */
    record Plan(String name, DType dtype, Shape shape, long seed) {}

    @Provide
    Arbitrary<List<Plan>> plans() {
        Arbitrary<String> names =
                Arbitraries.strings().all().excludeChars('\uFFFE', '\uFFFF').ofMaxLength(12);
        return Combinators.combine(
                        names.filter(TensorFileProperties::isWellFormed),
                        Arbitraries.of(DType.FLOAT, DType.DOUBLE, DType.INT, DType.BYTE),
                        TensorArbitraries.shapes(4, 5),
                        TensorArbitraries.seeds())
                .as(Plan::new)
                .list()
                .ofMaxSize(5);
    }

    private static boolean isWellFormed(String name) {
        return name.codePoints().noneMatch(c -> c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE);
    }

    @Property(tries = 100)
    void everyTensorComesBack(@ForAll("plans") List<Plan> plans, @ForAll Format format) throws IOException {
        try (Scratch scratch = new Scratch()) {
            Map<String, Tensor> tensors = new LinkedHashMap<>();
            plans.forEach(plan -> tensors.put(plan.name, scratch.random(plan.dtype, plan.shape, plan.seed)));
            Path file = scratch.file("tensors");
            format.write(file, tensors);
            try (TensorFile read = format.open(file)) {
                Map<String, Tensor> found = scratch.all(read);
                assertThat(found.keySet()).containsExactlyInAnyOrderElementsOf(tensors.keySet());
                tensors.forEach((name, tensor) -> {
                    assertThat(found.get(name).spec()).isEqualTo(tensor.spec());
                    assertThat(Scratch.bytes(found.get(name))).isEqualTo(Scratch.bytes(tensor));
                });
            }
        }
    }

    @Property(tries = 100)
    void aTruncatedFileIsRefused(@ForAll Format format, @ForAll @IntRange(max = 999) int permille) throws IOException {
        try (Scratch scratch = new Scratch()) {
            byte[] whole = whole(scratch, format);
            byte[] cut = Arrays.copyOf(whole, whole.length * permille / 1000);
            assertThat(loads(scratch, format, cut)).isFalse();
        }
    }

    @Property(tries = 300)
    void aDamagedFileLoadsOrIsRefused(
            @ForAll Format format,
            @ForAll @Size(min = 1, max = 3) List<@IntRange(max = 9999) Integer> places,
            @ForAll byte value)
            throws IOException {
        try (Scratch scratch = new Scratch()) {
            byte[] bytes = whole(scratch, format);
            int range = format == Format.SAFETENSORS ? bytes.length - 40 : bytes.length;
            places.forEach(place -> bytes[place * range / 10_000] = value);
            long before = CorruptSafeTensorsTest.allocatedBytes();
            loads(scratch, format, bytes);
            assertThat(CorruptSafeTensorsTest.allocatedBytes() - before).isLessThan(MOST_ALLOCATED);
        }
    }

    private static byte[] whole(Scratch scratch, Format format) throws IOException {
        Path file = scratch.file("whole");
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        tensors.put("stem.weight", scratch.random(DType.FLOAT, Shape.of(2, 3), 1));
        tensors.put("stem.mask", scratch.random(DType.BYTE, Shape.of(8), 2));
        tensors.put("scale", scratch.random(DType.DOUBLE, Shape.scalar(), 3));
        format.write(file, tensors);
        return Files.readAllBytes(file);
    }

    private static boolean loads(Scratch scratch, Format format, byte[] bytes) throws IOException {
        try (TensorFile read = format.open(scratch.file("damaged", bytes))) {
            scratch.all(read);
            return true;
        } catch (TensorFileException e) {
            assertThat(e).hasMessageStartingWith(scratch.file("damaged") + ": ");
            return false;
        }
    }
}
