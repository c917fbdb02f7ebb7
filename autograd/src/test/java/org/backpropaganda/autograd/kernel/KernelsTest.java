package org.backpropaganda.autograd.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.ShapeException;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class KernelsTest {
    @ParameterizedTest
    @EnumSource(names = {"FLOAT", "DOUBLE"})
    void areThoseOfTheElementType(DType dtype) {
        try (Engine engine = Engine.builder().threads(1).build();
                TensorScope scope = engine.scope("")) {
            Tensor x = scope.allocate(Shape.of(2), dtype).set(1, 4);
            Kernels kernels = Kernels.of(x);
            assertThat(kernels.dtype()).isEqualTo(dtype);
            kernels.eltwise().forward(EltwiseKernel.Function.SQRT, 0, x, x);
            assertThat(x.toDoubles()).containsExactly(1, 2);
            kernels.idle().eltwise().forward(EltwiseKernel.Function.SQRT, 0, x, x);
            assertThat(x.toDoubles()).containsExactly(1, 2);
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"INT", "BYTE", "BIT"})
    void refuseOtherTypesByName(DType dtype) {
        try (Engine engine = Engine.builder().threads(1).build();
                TensorScope scope = engine.scope("")) {
            Tensor x = scope.allocate(Shape.of(2), dtype);
            assertThatExceptionOfType(ShapeException.class)
                    .isThrownBy(() -> Kernels.of(x))
                    .withMessage("no kernels compute in " + dtype + "; use FLOAT or DOUBLE");
        }
    }

    @Test
    void computeNothingWithoutValues() {
        try (Engine engine = Engine.withoutMemory();
                TensorScope scope = engine.scope("")) {
            Tensor x = scope.allocate(Shape.of(2, 2), DType.DOUBLE);
            Kernels.of(x).softmax().forward(x, x);
            assertThat(x.hasValues()).isFalse();
        }
    }
}
