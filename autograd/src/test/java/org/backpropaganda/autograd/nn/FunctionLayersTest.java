package org.backpropaganda.autograd.nn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.function.DoubleUnaryOperator;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.kernel.Window;
import org.backpropaganda.autograd.op.Scale;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.autograd.tensor.MemoryKind;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Layers without parameters compute the function that they are named after, and not one that has gradients as well. */
class FunctionLayersTest {
    private static final double CLOSE = 1e-12;
    /** Φ(1), from tables of the normal distribution. */
    private static final double PHI_1 = 0.8413447460685429;

    private static final double[] X = {-1, -0.25, 0, 0.5, 1};

    private final Engine engine = Engine.builder().threads(2).build();
    private final TensorScope root = engine.scope("");
    private final Tape tape = Tape.inference(root);

    @AfterEach
    void close() {
        tape.close();
        engine.close();
    }

    private Variable constant(Shape shape, double... values) {
        return tape.constant(root.allocate(shape, DType.DOUBLE).set(values));
    }

    private static Stream<Arguments> activations() {
        return Stream.of(
                of("relu", Activation.relu(), x -> Math.max(x, 0)),
                of("relu in place", Activation.reluInPlace(), x -> Math.max(x, 0)),
                of("elu", Activation.elu(0.7), x -> x > 0 ? x : 0.7 * Math.expm1(x)),
                of("sigmoid", Activation.sigmoid(), x -> 1 / (1 + Math.exp(-x))),
                of("tanh", Activation.tanh(), Math::tanh),
                of(
                        "gelu by tanh",
                        Activation.geluTanh(),
                        x -> x / 2 * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x)))),
                of("silu", Activation.silu(), x -> x / (1 + Math.exp(-x))),
                of("softplus", Activation.softplus(), x -> Math.log1p(Math.exp(x))),
                of("hardswish", Activation.hardswish(), x -> x * Math.min(Math.max(x + 3, 0), 6) / 6),
                of("leaky relu", new LeakyRelu(0.3), x -> x > 0 ? x : 0.3 * x),
                of("leaky relu in place", LeakyRelu.inPlace(0.3), x -> x > 0 ? x : 0.3 * x),
                of("a function of one's own", new Activation(x -> Scale.scale(x, 3)), x -> 3 * x));
    }

    private static Arguments of(String name, UnaryModule layer, DoubleUnaryOperator function) {
        return Arguments.of(name, layer, function);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("activations")
    void activationsComputeWhatTheyAreCalled(String name, UnaryModule layer, DoubleUnaryOperator function) {
        double[] y = layer.call(constant(Shape.of(5), X)).value().toDoubles();
        IntStream.range(0, X.length)
                .forEach(i -> assertThat(y[i])
                        .as("%s of %s", name, X[i])
                        .isCloseTo(function.applyAsDouble(X[i]), within(CLOSE)));
    }

    @Test
    void geluIsTheExactOne() {
        double[] y =
                Activation.gelu().call(constant(Shape.of(2), -1, 1)).value().toDoubles();
        assertThat(y[0]).isCloseTo(-(1 - PHI_1), within(CLOSE));
        assertThat(y[1]).isCloseTo(PHI_1, within(CLOSE));
    }

    private static Stream<UnaryModule> inPlace() {
        return Stream.of(Activation.reluInPlace(), LeakyRelu.inPlace(0.3));
    }

    @ParameterizedTest
    @MethodSource("inPlace")
    void layersInPlaceConsumeTheirInputAndTakeNoBytes(UnaryModule layer) {
        Variable x = Scale.scale(constant(Shape.of(5), X), 1);
        long live = engine.ledger().liveBytes(MemoryKind.TEMPORARY);
        layer.call(x);
        assertThat(engine.ledger().liveBytes(MemoryKind.TEMPORARY)).isEqualTo(live);
        assertThatThrownBy(x::value).hasMessageContaining("consumed");
    }

    /** One image of 2×4 and one channel. */
    private Variable image() {
        return constant(Shape.of(1, 2, 4, 1), 1, 5, 2, 0, 3, 7, -4, 8);
    }

    private static Stream<Arguments> pools() {
        Window pairs = new Window(1, 2, 1, 2, 0, 0, 1, 1);
        return Stream.of(
                Arguments.of("max", Pool2d.max(pairs), Shape.of(1, 2, 2, 1), new double[] {5, 2, 7, 8}),
                Arguments.of("average", Pool2d.average(pairs), Shape.of(1, 2, 2, 1), new double[] {3, 1, 5, 2}),
                Arguments.of("adaptive max", Pool2d.adaptiveMax(1, 4), Shape.of(1, 1, 4, 1), new double[] {3, 7, 2, 8}),
                Arguments.of("adaptive average", Pool2d.adaptiveAverage(1, 4), Shape.of(1, 1, 4, 1), new double[] {
                    2, 6, -1, 4
                }),
                Arguments.of("global average", Pool2d.globalAverage(), Shape.of(1, 1), new double[] {2.75}));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("pools")
    void poolsComputeWhatTheyAreCalled(String name, UnaryModule layer, Shape shape, double[] values) {
        Variable y = layer.call(image());
        assertThat(y.shape()).as(name).isEqualTo(shape);
        assertThat(y.value().toDoubles()).as(name).containsExactly(values, within(CLOSE));
    }

    @Test
    void upsamplingRepeatsOrInterpolates() {
        Variable x = constant(Shape.of(1, 1, 2, 1), 0, 4);
        assertThat(Upsample.nearest(2).call(x).value().toDoubles()).containsExactly(0, 0, 4, 4, 0, 0, 4, 4);
        double[] inner = {0, 1, 3, 4, 0, 1, 3, 4};
        assertThat(Upsample.bilinear(2, false).call(x).value().toDoubles()).containsExactly(inner, within(CLOSE));
        double third = 4.0 / 3;
        double[] corners = {0, third, 2 * third, 4, 0, third, 2 * third, 4};
        assertThat(Upsample.bilinear(2, true).call(x).value().toDoubles()).containsExactly(corners, within(CLOSE));
    }
}
