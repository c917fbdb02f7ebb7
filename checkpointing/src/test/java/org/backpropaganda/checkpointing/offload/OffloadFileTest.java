package org.backpropaganda.checkpointing.offload;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class OffloadFileTest {
    @TempDir
    Path directory;

    private static Tensor random(TensorScope scope, DType dtype, long elements) {
        Tensor tensor = scope.allocate(Shape.of(elements), dtype);
        SplittableRandom random = new SplittableRandom(elements);
        return tensor.fill(() -> random.nextDouble() - 0.5);
    }

    @ParameterizedTest
    @CsvSource({"1", "7", "1023", "1024", "1025", "262143", "262144", "262145", "1000003"})
    void everyBitComesBack(long elements) throws IOException {
        try (OffloadFile file = OffloadFile.in(directory).open();
                Engine engine = Engine.builder().threads(1).build();
                TensorScope scope = engine.scope("")) {
            for (DType dtype : new DType[] {DType.FLOAT, DType.DOUBLE}) {
                Tensor tensor = random(scope, dtype, elements);
                double[] values = tensor.toDoubles();
                Stored stored = file.write(tensor);
                tensor.zero();
                tensor.close();
                assertThat(Arrays.equals(stored.read(scope).toDoubles(), values))
                        .isTrue();
                assertThat(Arrays.equals(stored.read(scope).toDoubles(), values))
                        .isTrue();
                stored.discard();
            }
        }
    }

    @Test
    void theFileHasNoNameOnceItIsOpen() throws IOException {
        try (OffloadFile file = OffloadFile.in(directory).open()) {
            assertThat(file.liveBytes()).isZero();
        }
        try (var entries = Files.list(directory)) {
            assertThat(entries).isEmpty();
        }
    }

    @Test
    void aDirectoryInMemoryIsRefusedByName() throws IOException {
        Path shared = Path.of("/dev/shm");
        assumeTrue(
                Files.isDirectory(shared) && Files.getFileStore(shared).type().equals("tmpfs"),
                "no /dev/shm on tmpfs here: the refusal is not tested");
        assertThatThrownBy(() -> OffloadFile.in(shared).open())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("/dev/shm is on tmpfs, which is memory");
    }
}
