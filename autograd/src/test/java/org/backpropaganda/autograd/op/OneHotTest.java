package org.backpropaganda.autograd.op;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.ShapeException;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class OneHotTest {
    @ParameterizedTest
    @EnumSource(names = {"FLOAT", "DOUBLE"})
    void marksTheClassOfEachRow(DType dtype) {
        try (Engine engine = Engine.builder().threads(1).build();
                TensorScope scope = engine.scope("")) {
            Tensor labels = scope.allocate(Shape.of(2), DType.INT).set(new int[] {2, 0});
            Tensor rows = OneHot.encode(scope, labels, 3, dtype);
            assertThat(rows.toDoubles()).containsExactly(0, 0, 1, 1, 0, 0);
            assertThatExceptionOfType(ShapeException.class)
                    .isThrownBy(() -> OneHot.encode(scope, labels, 2, dtype))
                    .withMessage("onehot: label 2 at index 0 is not within [0, 2)");
            assertThatExceptionOfType(ShapeException.class)
                    .isThrownBy(() -> OneHot.encode(scope, rows, 3, dtype))
                    .withMessageContaining("must be INT[B]");
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"FLOAT", "DOUBLE"})
    void aLabelThatIsIgnoredHasARowOfZeros(DType dtype) {
        try (Engine engine = Engine.builder().threads(1).build();
                TensorScope scope = engine.scope("")) {
            Tensor labels = scope.allocate(Shape.of(2, 2), DType.INT).set(new int[] {1, -100, -100, 0});
            Tensor rows = OneHot.encode(scope, labels, 2, dtype, -100);
            assertThat(rows.shape()).isEqualTo(Shape.of(2, 2, 2));
            assertThat(rows.toDoubles()).containsExactly(0, 1, 0, 0, 0, 0, 1, 0);
            assertThatExceptionOfType(ShapeException.class)
                    .isThrownBy(() -> OneHot.encode(scope, labels, 2, dtype, -1))
                    .withMessage("onehot: label -100 at index 1 is not within [0, 2)");
            assertThatExceptionOfType(ShapeException.class)
                    .isThrownBy(() -> OneHot.encode(scope, labels, 2, dtype))
                    .withMessage("onehot: labels INT[2, 2] must be INT[B]");
            assertThatExceptionOfType(ShapeException.class)
                    .isThrownBy(() -> OneHot.encode(scope, rows, 2, dtype, -100))
                    .withMessage("onehot: labels " + rows.spec() + " must be INT");
        }
    }
}
