package org.backpropaganda.checkpointing.offload;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;

/** Tensors of all types and sizes, written, read ahead, read and let go in any order. */
class StoredProperties {
    private static final int BUFFER = 4096;
    private static final List<DType> TYPES = List.of(DType.values());

    /** A stored tensor and what it has to be. */
    private record Kept(Stored stored, DType dtype, ByteBuffer bytes) {}

    private static Kept write(OffloadFile file, TensorScope scope, Random random) {
        DType dtype = TYPES.get(random.nextInt(TYPES.size()));
        Tensor tensor = scope.allocate(Shape.of(1 + random.nextInt(5 * BUFFER)), dtype);
        byte[] bytes = new byte[(int) tensor.bytes()];
        random.nextBytes(bytes);
        tensor.buffer(0, bytes.length).put(bytes);
        Stored stored = file.write(tensor);
        tensor.zero();
        tensor.close();
        return new Kept(stored, dtype, ByteBuffer.wrap(bytes));
    }

    private static void check(Kept kept, TensorScope scope) {
        Tensor back = kept.stored().read(scope);
        assertThat(back.dtype()).isEqualTo(kept.dtype());
        assertThat(back.buffer(0, (int) back.bytes())).isEqualTo(kept.bytes());
        back.close();
    }

    private static Path target() {
        try {
            return Files.createDirectories(Path.of("target"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Property(tries = 150)
    void everyTensorIsWhatItWas(
            @ForAll @Size(max = 80) List<@IntRange(max = 9) Integer> steps,
            @ForAll @IntRange(min = 1, max = 4) int buffers,
            @ForAll long seed)
            throws IOException {
        Random random = new Random(seed);
        try (Engine engine = Engine.builder().threads(1).build();
                TensorScope scope = engine.scope("");
                OffloadFile file = OffloadFile.in(target())
                        .buffers(buffers)
                        .bufferBytes(BUFFER)
                        .open()) {
            List<Kept> all = new ArrayList<>();
            for (int step : steps) {
                if (all.isEmpty() || step < 4) {
                    all.add(write(file, scope, random));
                    continue;
                }
                Kept kept = all.get(random.nextInt(all.size()));
                if (step < 6) {
                    kept.stored().prefetch();
                } else if (step < 8) {
                    check(kept, scope);
                } else {
                    kept.stored().discard();
                    all.remove(kept);
                }
                long live = all.stream().mapToLong(k -> k.bytes().remaining()).sum();
                assertThat(file.liveBytes()).isEqualTo(live);
                assertThat(engine.ledger().offloadedBytes()).isEqualTo(live);
            }
            all.forEach(kept -> check(kept, scope));
            all.forEach(kept -> kept.stored().discard());
            assertThat(engine.ledger().liveBytes()).isZero();
            assertThat(file.report().fileBytes())
                    .isLessThanOrEqualTo(file.report().writtenBytes() + steps.size() * 4096L);
        }
    }
}
