package org.backpropaganda.autograd.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class StorageTest {

    /** As when one thread takes a share of bytes that another thread has let go of since it looked. */
    @Test
    void bytesThatWereFreedCannotBeShared() {
        try (Engine engine = Engine.builder().threads(1).build();
                TensorScope scope = engine.scope("")) {
            Tensor tensor = scope.allocate(Shape.of(8), DType.DOUBLE);
            Storage storage = tensor.storage();
            tensor.close();
            assertThatThrownBy(() -> storage.share(false)).hasMessage("the tensor was closed by another thread");
            assertThat(engine.ledger().liveBytes()).isZero();
        }
    }
}
