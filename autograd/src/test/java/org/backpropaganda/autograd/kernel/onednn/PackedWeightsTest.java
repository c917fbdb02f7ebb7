package org.backpropaganda.autograd.kernel.onednn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.autograd.tensor.MemoryKind;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class PackedWeightsTest {
    private static final long BYTES = 64;

    private final Engine engine = Engine.builder().threads(1).build();
    private final TensorScope scope = engine.scope("test");
    private final PackedWeights packed = new PackedWeights(scope);
    private final AtomicInteger packs = new AtomicInteger();

    @AfterEach
    void close() {
        engine.close();
    }

    private void read(Tensor w, String layout) {
        packed.read(
                w,
                layout,
                BYTES,
                room -> packs.incrementAndGet(),
                room -> assertThat(room.bytes()).isEqualTo(BYTES));
    }

    private long scratch() {
        return engine.ledger().liveBytes(MemoryKind.SCRATCH);
    }

    private Tensor weights() {
        return scope.zeros(Shape.of(4), DType.FLOAT, MemoryKind.PARAMETER);
    }

    @Test
    void packsOnceForEachLayout() {
        Tensor w = weights();
        read(w, "forward");
        read(w, "forward");
        read(scope.share(w), "forward");
        assertThat(packs).hasValue(1);
        read(w, "backward");
        read(weights(), "forward");
        assertThat(packs).hasValue(3);
        assertThat(scratch()).isEqualTo(3 * BYTES);
    }

    @Test
    void packsAnewWhatWasWritten() {
        Tensor w = weights();
        read(w, "forward");
        w.written("optimizer");
        read(w, "forward");
        assertThat(packs).hasValue(2);
        assertThat(scratch()).isEqualTo(BYTES);
    }

    @Test
    void keepsNoRoomThatCouldNotBeFilled() {
        Tensor w = weights();
        Consumer<Tensor> fails = room -> {
            throw new IllegalStateException("no reorder");
        };
        assertThatThrownBy(() -> packed.read(w, "forward", BYTES, fails, room -> {}))
                .hasMessage("no reorder");
        assertThat(scratch()).isZero();
        read(w, "forward");
        assertThat(packs).hasValue(1);
    }

    @Test
    void dropsEverythingWhenTheStepEndsButNotWhatIsInUse() {
        Tensor w = weights();
        packed.read(w, "forward", BYTES, room -> packs.incrementAndGet(), room -> {
            packed.clear();
            assertThat(room.isClosed()).isFalse();
        });
        assertThat(scratch()).isZero();
        read(w, "forward");
        assertThat(packs).hasValue(2);
        packed.clear();
        assertThat(scratch()).isZero();
    }
}
