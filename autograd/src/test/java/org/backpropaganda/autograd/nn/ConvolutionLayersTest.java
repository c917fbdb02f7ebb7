package org.backpropaganda.autograd.nn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.backpropaganda.autograd.testkit.Input.in;

import java.util.stream.Stream;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.kernel.Window;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.ShapeException;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.backpropaganda.autograd.testkit.ModuleCase;
import org.backpropaganda.autograd.testkit.ModuleContract;
import org.junit.jupiter.api.Test;

class ConvolutionLayersTest extends ModuleContract {
    @Override
    protected Stream<ModuleCase> cases() {
        return Stream.of(
                ModuleCase.of(
                        "transposed", f -> new ConvTranspose2d(f, 3, 2, Window.square(2, 2, 0), true), in(2, 2, 3, 3)),
                ModuleCase.of(
                        "transposed, grouped, with output padding",
                        f -> new ConvTranspose2d(
                                f, 4, 2, Window.square(3, 2, 1), 1, 0, 2, false, Initializer.heUniform()),
                        in(1, 2, 3, 4)),
                ModuleCase.of("of sequences", f -> new Conv1d(f, 3, 2, 3, 1, true), in(2, 5, 3)),
                ModuleCase.of(
                        "of sequences, strided, dilated, depthwise",
                        f -> new Conv1d(f, 4, 4, 3, 2, 2, 2, 4, false, Initializer.heUniform()),
                        in(2, 7, 4)),
                ModuleCase.of("depthwise", f -> Conv2d.depthwise(f, 3, Window.square(3, 2, 1), true), in(2, 4, 5, 3)));
    }

    private ParameterFactory factory(TensorScope scope) {
        return new ParameterFactory(scope, DType.FLOAT, 1);
    }

    @Test
    void weightsAreOfPyTorchsShapes() {
        try (TensorScope scope = engine().scope("model")) {
            ParameterFactory f = factory(scope);
            assertThat(shape(new ConvTranspose2d(
                            f, 4, 6, new Window(3, 2, 2, 2, 0, 0, 1, 1), 0, 0, 2, true, Initializer.heNormal())))
                    .isEqualTo(Shape.of(4, 3, 3, 2));
            assertThat(shape(new Conv1d(f, 4, 6, 5, 1, 0, 1, 2, true, Initializer.heNormal())))
                    .isEqualTo(Shape.of(6, 2, 5));
            assertThat(shape(Conv2d.depthwise(f, 4, Window.square(3, 1, 1), true)))
                    .isEqualTo(Shape.of(4, 1, 3, 3));
        }
    }

    private static Shape shape(Module module) {
        assertThat(module.parameters().keySet()).containsExactly("weight", "bias");
        return module.parameters().get("weight").value().shape();
    }

    @Test
    void outputPaddingMakesTheLargerOfTwoSizes() {
        try (TensorScope scope = engine().scope("model");
                Tape tape = Tape.inference(scope)) {
            Tensor x = scope.allocate(Shape.of(1, 3, 3, 1), DType.FLOAT).fill(1);
            ConvTranspose2d up = new ConvTranspose2d(
                    factory(scope), 1, 1, Window.square(3, 2, 1), 1, 0, 1, false, Initializer.ones());
            assertThat(up.call(tape.constant(x)).shape()).isEqualTo(Shape.of(1, 6, 5, 1));
        }
    }

    @Test
    void groupsMustDivide() {
        try (TensorScope scope = engine().scope("model")) {
            ParameterFactory f = factory(scope);
            assertThatExceptionOfType(ShapeException.class)
                    .isThrownBy(() -> new ConvTranspose2d(
                            f, 3, 4, Window.square(1, 1, 0), 0, 0, 2, false, Initializer.heNormal()))
                    .withMessage("convtranspose2d: 2 groups do not divide 3 inputs and 4 outputs");
            assertThatExceptionOfType(ShapeException.class)
                    .isThrownBy(() -> new Conv1d(f, 3, 4, 1, 1, 0, 1, 2, false, Initializer.heNormal()))
                    .withMessage("conv1d: 2 groups do not divide 3 inputs and 4 outputs");
        }
    }
}
