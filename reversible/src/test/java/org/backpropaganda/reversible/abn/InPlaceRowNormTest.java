package org.backpropaganda.reversible.abn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.BiFunction;
import java.util.stream.Stream;
import org.backpropaganda.autograd.graph.Gradients;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.nn.Activation;
import org.backpropaganda.autograd.nn.LayerNorm;
import org.backpropaganda.autograd.nn.Linear;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.nn.ParameterFactory;
import org.backpropaganda.autograd.nn.Residual;
import org.backpropaganda.autograd.nn.RmsNorm;
import org.backpropaganda.autograd.nn.Sequential;
import org.backpropaganda.autograd.op.Multiply;
import org.backpropaganda.autograd.op.Sum;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.autograd.tensor.MemoryKind;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.backpropaganda.autograd.testkit.SecondOrderStep;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Norms of rows that are differentiated from their outputs, against the plain ones: numbers, and bytes wherever they stand. */
class InPlaceRowNormTest {
    private static final int ROWS = 12;
    private static final int WIDTH = 8;

    /** An activation, a number of each row, and a column, in FLOAT. */
    private static final long N = 4L * ROWS * WIDTH;

    private static final long R = 4L * ROWS;

    private enum Kind {
        LAYER,
        RMS;

        Module norm(ParameterFactory factory, boolean inPlace, double... weights) {
            Module norm = switch (this) {
                case LAYER -> {
                    LayerNorm plain = new LayerNorm(factory, WIDTH);
                    plain.bias().value().set(0.5, 0, -1, 2, 0.125, 0, 1, -1);
                    yield inPlace ? InPlaceLayerNorm.of(plain).onWarning(text -> {}) : plain;
                }
                case RMS -> {
                    RmsNorm plain = new RmsNorm(factory, WIDTH);
                    yield inPlace ? InPlaceRmsNorm.of(plain).onWarning(text -> {}) : plain;
                }
            };
            norm.parameters().get("weight").value().set(weights);
            return norm;
        }

        /** Statistics that the plain norm saves. */
        long plainRows() {
            return this == LAYER ? 2 * R : 0;
        }
    }

    private static final double[] GOOD = {1.5, -0.5, 2, -1, 0.25, 1, 1, -2};
    private static final double[] TWO_LOST = {1.5, 0, 2, -1, 0.25, 0, 1, -2};
    private static final double[] ALL_LOST = new double[WIDTH];

    private interface Place extends BiFunction<ParameterFactory, Module, Module> {}

    private static Arguments row(Kind kind, String name, Place place, double[] weights, long plain, long inPlace) {
        return Arguments.of(kind, name, place, weights, plain, inPlace);
    }

    static Stream<Arguments> places() {
        return Stream.of(Kind.values()).flatMap(kind -> {
            long rows = kind.plainRows();
            Place between = (f, norm) -> new Sequential(linear(f), norm, linear(f));
            Place branch = (f, norm) -> new Sequential(linear(f), new Residual(new Sequential(norm, linear(f))));
            return Stream.of(
                    row(kind, "between linear layers", between, GOOD, 2 * N + rows, N + R),
                    row(kind, "first in a branch whose skip reads x", branch, GOOD, 2 * N + rows, N + R),
                    row(kind, "last", (f, norm) -> new Sequential(linear(f), norm), GOOD, N + rows, N + R),
                    row(
                            kind,
                            "between a tanh and a linear layer",
                            (f, norm) -> new Sequential(linear(f), Activation.tanh(), norm, linear(f)),
                            GOOD,
                            2 * N + rows,
                            2 * N + R),
                    row(
                            kind,
                            "behind a tanh, and nobody keeps y",
                            (f, norm) -> new Sequential(linear(f), Activation.tanh(), norm),
                            GOOD,
                            N + rows,
                            2 * N + R),
                    row(kind, "two columns lost", branch, TWO_LOST, 2 * N + rows, N + R + 2 * R),
                    row(kind, "all columns lost", branch, ALL_LOST, 2 * N + rows, 2 * N + rows));
        });
    }

    private static Module linear(ParameterFactory factory) {
        return new Linear(factory, WIDTH, WIDTH, true);
    }

    private record Step(Map<String, double[]> values, long saved) {}

    private static Module model(
            TensorScope scope, DType dtype, Kind kind, Place place, double[] weights, boolean inPlace) {
        ParameterFactory factory = new ParameterFactory(scope, dtype, 5);
        return place.apply(factory, kind.norm(factory, inPlace, weights));
    }

    private static Step step(DType dtype, Kind kind, Place place, double[] weights, boolean inPlace) {
        try (Engine engine = Engine.builder().threads(1).build();
                TensorScope root = engine.scope("")) {
            Module model = model(root, dtype, kind, place, weights, inPlace);
            List<double[]> values = new ArrayList<>();
            long saved;
            try (TensorScope scope = root.child();
                    Tape tape = Tape.training(scope, 3)) {
                Variable x = tape.leaf(random(scope, dtype, 1));
                Variable y = model.call(x);
                saved = engine.ledger().liveBytes(MemoryKind.ACTIVATION);
                values.add(y.value().toDoubles());
                Variable loss = Sum.sum(Multiply.multiply(y, tape.constant(random(scope, dtype, 2))));
                try (Gradients gradients = tape.backward(loss)) {
                    model.parameterList()
                            .forEach(parameter ->
                                    values.add(gradients.of(parameter).toDoubles()));
                }
                values.add(tape.gradient(x).toDoubles());
                assertThat(engine.ledger().liveBytes(MemoryKind.ACTIVATION)).isZero();
            }
            Map<String, double[]> named = new LinkedHashMap<>();
            values.forEach(array -> named.put("value " + named.size(), array));
            return new Step(named, saved);
        }
    }

    private static Tensor random(TensorScope scope, DType dtype, long seed) {
        Tensor tensor = scope.allocate(Shape.of(ROWS, WIDTH), dtype, MemoryKind.INPUT);
        return tensor.set(
                new SplittableRandom(seed).doubles(tensor.elements(), -1, 1).toArray());
    }

    @ParameterizedTest(name = "{0} {1}")
    @MethodSource("places")
    void bytes(Kind kind, String name, Place place, double[] weights, long plain, long inPlace) {
        assertThat(step(DType.FLOAT, kind, place, weights, false).saved())
                .as("plain")
                .isEqualTo(plain);
        assertThat(step(DType.FLOAT, kind, place, weights, true).saved())
                .as("in place")
                .isEqualTo(inPlace);
        try (Engine engine = Engine.builder().threads(1).build();
                TensorScope root = engine.scope("")) {
            assertThat(model(root, DType.FLOAT, kind, place, weights, true)
                            .summary(Shape.of(ROWS, WIDTH))
                            .savedBytes())
                    .as("priced")
                    .isEqualTo(inPlace);
        }
    }

    @ParameterizedTest(name = "{0} {1}")
    @MethodSource("places")
    void computesWhatThePlainNormComputes(
            Kind kind, String name, Place place, double[] weights, long plain, long inPlace) {
        for (DType dtype : List.of(DType.FLOAT, DType.DOUBLE)) {
            Map<String, double[]> expected =
                    step(dtype, kind, place, weights, false).values();
            Map<String, double[]> actual =
                    step(dtype, kind, place, weights, true).values();
            assertThat(actual.keySet()).isEqualTo(expected.keySet());
            assertThat(actual.get("value 0")).as("output").containsExactly(expected.get("value 0"));
            double bound = dtype == DType.FLOAT ? 2e-5 : 1e-12;
            expected.forEach(
                    (what, values) -> assertThat(actual.get(what)).as(what).containsExactly(values, within(bound)));
        }
    }

    @ParameterizedTest
    @EnumSource(Kind.class)
    void secondDerivativesAreThoseOfThePlainNorm(Kind kind) {
        try (Engine engine = Engine.builder().threads(1).build();
                TensorScope root = engine.scope("")) {
            SecondOrderStep step = new SecondOrderStep(root, 3);
            Tensor x = random(root, DType.DOUBLE, 1);
            Place place = (f, norm) -> new Sequential(linear(f), norm, Activation.tanh(), linear(f));
            for (double[] weights : List.of(GOOD, TWO_LOST, ALL_LOST)) {
                Module plain = model(root, DType.DOUBLE, kind, place, weights, false);
                Module inPlace = model(root, DType.DOUBLE, kind, place, weights, true);
                assertThat(SecondOrderStep.distance(step.gradientPenalty(inPlace, x), step.gradientPenalty(plain, x)))
                        .isLessThan(1e-10);
                assertThat(SecondOrderStep.distance(
                                step.hessianVectorProduct(inPlace, x), step.hessianVectorProduct(plain, x)))
                        .isLessThan(1e-10);
            }
        }
    }

    @Test
    void theNumberOfLostColumnsPricesThemWhereWeightsHaveNoValues() {
        try (Engine engine = Engine.withoutMemory();
                TensorScope scope = engine.scope("")) {
            ParameterFactory factory = new ParameterFactory(scope, DType.FLOAT, 1);
            Module model = new Sequential(
                    linear(factory),
                    InPlaceLayerNorm.of(new LayerNorm(factory, WIDTH), 3),
                    linear(factory),
                    InPlaceRmsNorm.of(new RmsNorm(factory, WIDTH), WIDTH),
                    linear(factory));
            assertThat(model.summary(Shape.of(ROWS, WIDTH)).savedBytes()).isEqualTo(N + R + 3 * R + 2 * N);
            assertThatThrownBy(() -> InPlaceRmsNorm.of(new RmsNorm(factory, WIDTH), -1))
                    .hasMessage("InPlaceRmsNorm: -1 lost channels of 8; give a number from 0 to 8");
        }
    }

    @Test
    void anInputThatDoesNotFitIsRefused() {
        try (Engine engine = Engine.builder().threads(1).build();
                TensorScope root = engine.scope("");
                Tape tape = Tape.inference(root)) {
            Module norm = new InPlaceLayerNorm(new ParameterFactory(root, DType.FLOAT, 1), 3);
            Variable x = tape.constant(random(root, DType.FLOAT, 1));
            assertThatThrownBy(() -> norm.call(x))
                    .hasMessage("inPlaceLayerNorm: γ [3] must have the last axes of x [12, 8]");
        }
    }
}
