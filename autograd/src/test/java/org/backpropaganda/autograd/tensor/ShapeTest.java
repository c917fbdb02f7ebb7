package org.backpropaganda.autograd.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

class ShapeTest {

    @Test
    void knowsItsSizes() {
        Shape shape = Shape.of(2, 3, 4);
        assertThat(shape.rank()).isEqualTo(3);
        assertThat(shape.elements()).isEqualTo(24);
        assertThat(shape.strides()).containsExactly(12, 4, 1);
        assertThat(shape.dim(1)).isEqualTo(3);
        assertThat(shape.dim(-1)).isEqualTo(4);
        assertThat(shape.axis(-3)).isZero();
        assertThat(shape).hasToString("[2, 3, 4]");
    }

    @Test
    void isAValue() {
        long[] dims = {2, 3};
        Shape shape = Shape.of(dims);
        dims[0] = 7;
        shape.toArray()[1] = 7;
        assertThat(shape).isEqualTo(Shape.of(2, 3)).hasSameHashCodeAs(Shape.of(2, 3));
        assertThat(shape).isNotEqualTo(Shape.of(3, 2)).isNotEqualTo(Shape.of(2, 3, 1));
    }

    @Test
    void scalarHasOneElement() {
        assertThat(Shape.scalar()).isEqualTo(Shape.of());
        assertThat(Shape.scalar().elements()).isOne();
        assertThat(Shape.scalar().rank()).isZero();
        assertThat(Shape.scalar().strides()).isEmpty();
    }

    @Test
    void replacesAndPads() {
        assertThat(Shape.of(2, 3).with(-1, 5)).isEqualTo(Shape.of(2, 5));
        assertThat(Shape.of(2, 3).padded(4)).isEqualTo(Shape.of(1, 1, 2, 3));
    }

    @Test
    void broadcastsAsNumPyDoes() {
        assertBroadcast(Shape.of(2, 3), Shape.of(2, 3), Shape.of(2, 3));
        assertBroadcast(Shape.of(2, 3), Shape.of(3), Shape.of(2, 3));
        assertBroadcast(Shape.of(2, 1), Shape.of(1, 3), Shape.of(2, 3));
        assertBroadcast(Shape.of(4, 1, 3), Shape.of(2, 1), Shape.of(4, 2, 3));
        assertBroadcast(Shape.of(4, 2), Shape.scalar(), Shape.of(4, 2));
    }

    private static void assertBroadcast(Shape a, Shape b, Shape expected) {
        assertThat(Shape.broadcast(a, b)).isEqualTo(expected);
        assertThat(Shape.broadcast(b, a)).isEqualTo(expected);
    }

    @Test
    void errorsSayWhatCame() {
        assertRefused(() -> Shape.broadcast(Shape.of(2, 3), Shape.of(2)), "shapes [2, 3] and [2] do not broadcast");
        assertRefused(() -> Shape.of(2, 0), "shape [2, 0] has a size below 1");
        assertRefused(() -> Shape.of(-1), "shape [-1] has a size below 1");
        assertRefused(() -> Shape.of(1L << 32, 1L << 32), "has more than 2^63-1 elements");
        assertRefused(() -> Shape.of(2, 3).dim(2), "axis 2 is not one of [2, 3], which has 2 axes");
        assertRefused(() -> Shape.of(2, 3).axis(-3), "axis -3 is not one of");
        assertRefused(() -> Shape.of(2, 3).with(0, 0), "has a size below 1");
    }

    private static void assertRefused(ThrowingCallable call, String message) {
        assertThatExceptionOfType(ShapeException.class).isThrownBy(call).withMessageContaining(message);
    }
}
