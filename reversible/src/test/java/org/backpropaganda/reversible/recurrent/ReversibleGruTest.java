package org.backpropaganda.reversible.recurrent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.assertj.core.data.Offset;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.nn.Initializer;
import org.backpropaganda.autograd.nn.Linear;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.nn.ParameterFactory;
import org.backpropaganda.autograd.nn.Sequential;
import org.backpropaganda.autograd.op.Add;
import org.backpropaganda.autograd.op.Concat;
import org.backpropaganda.autograd.op.Multiply;
import org.backpropaganda.autograd.op.Reshape;
import org.backpropaganda.autograd.op.Scale;
import org.backpropaganda.autograd.op.Sigmoid;
import org.backpropaganda.autograd.op.Slice;
import org.backpropaganda.autograd.op.Tanh;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.ShapeException;
import org.backpropaganda.reversible.Coupling;
import org.backpropaganda.reversible.ReversibleSequence;
import org.backpropaganda.reversible.Trained;
import org.backpropaganda.reversible.Trained.Input;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ReversibleGruTest {
    private static final int BATCH = 3;
    private static final int INPUTS = 2;
    private static final int WIDTH = 6;
    private static final int STEPS = 4;

    private static Trained step(DType dtype, int steps, double least) {
        return Trained.step(
                factory -> ReversibleGru.builder(factory, INPUTS, WIDTH, least).build(),
                Input.random(dtype, 1, steps, BATCH, INPUTS));
    }

    private static double sigmoid(double x) {
        return 1 / (1 + Math.exp(-x));
    }

    /** A state of two numbers and an input of one: weights 1, 2, 3 of x, biases 0, 4 and 5 of gates, 6 of the candidate. */
    @Test
    void aStepIsAsThePaperWritesIt() {
        double least = 0.25;
        double x = 0.3;
        double[] h = {0.5, -0.2};
        double[] expected = h.clone();
        for (int half = 0; half < 2; half++) {
            double other = expected[1 - half];
            double z = least + (1 - least) * sigmoid(x + 4 * other);
            double r = sigmoid(2 * x + 5 * other);
            double g = Math.tanh(3 * x + 6 * r * other);
            expected[half] = z * h[half] + (1 - z) * g;
        }
        List<double[]> last = Trained.outputs(
                factory -> {
                    ReversibleGru gru =
                            ReversibleGru.builder(factory, 1, 2, least).build();
                    for (String half : List.of("first", "second")) {
                        gru.parameters().get(half + ".input.weight").value().set(1, 2, 3);
                        gru.parameters().get(half + ".gates.weight").value().set(4, 5);
                        gru.parameters().get(half + ".candidate.weight").value().set(6);
                    }
                    return gru;
                },
                Input.of(Shape.of(1, 1, 1), x),
                Input.of(Shape.of(1, 2), h));
        assertThat(last.get(0)).containsExactly(expected, Offset.offset(1e-15));
    }

    /** The layer in ops that store, with parameters of the same names, drawn in the same order. */
    private static final class Stored extends Module {
        private final Half first;
        private final Half second;

        Stored(ParameterFactory factory, double least) {
            first = register("first", new Half(factory, least));
            second = register("second", new Half(factory, least));
        }

        @Override
        protected List<Variable> forward(List<Variable> inputs) {
            Variable x = inputs.get(0);
            Variable h1 = Scale.scale(Slice.slice(inputs.get(1), 1, 0, WIDTH / 2), 1);
            Variable h2 = Scale.scale(Slice.slice(inputs.get(1), 1, WIDTH / 2, WIDTH / 2), 1);
            for (int t = 0; t < x.shape().dim(0); t++) {
                Variable now = Reshape.reshape(Slice.slice(x, 0, t, 1), BATCH, INPUTS);
                h1 = first.call(List.of(h1, h2, now)).get(0);
                h2 = second.call(List.of(h2, h1, now)).get(0);
            }
            return List.of(Concat.concat(1, h1, h2));
        }
    }

    private static final class Half extends Module {
        private final Linear input;
        private final Linear gates;
        private final Linear candidate;
        private final double least;

        Half(ParameterFactory factory, double least) {
            Initializer initializer = Initializer.uniform(1 / Math.sqrt(WIDTH));
            int n = WIDTH / 2;
            input = register("input", new Linear(factory, INPUTS, 3L * n, true, initializer));
            gates = register("gates", new Linear(factory, n, 2L * n, false, initializer));
            candidate = register("candidate", new Linear(factory, n, n, false, initializer));
            this.least = least;
        }

        @Override
        protected List<Variable> forward(List<Variable> inputs) {
            int n = WIDTH / 2;
            Variable other = inputs.get(1);
            Variable a = input.call(inputs.get(2));
            Variable gate = Sigmoid.sigmoid(Add.add(Slice.slice(a, 1, 0, 2L * n), gates.call(other)));
            Variable z = Scale.scale(Slice.slice(gate, 1, 0, n), 1 - least, least);
            Variable r = Slice.slice(gate, 1, n, n);
            Variable g = Tanh.tanh(Add.add(Slice.slice(a, 1, 2L * n, n), candidate.call(Multiply.multiply(r, other))));
            return List.of(Add.add(Multiply.multiply(z, inputs.get(0)), Multiply.multiply(Scale.scale(z, -1, 1), g)));
        }
    }

    @Test
    void gradientsAreThoseOfStoring() {
        Input x = Input.random(DType.DOUBLE, 1, 15, BATCH, INPUTS);
        Input h = Input.random(DType.DOUBLE, 2, BATCH, WIDTH);
        Trained reversible = Trained.step(
                factory -> ReversibleGru.builder(factory, INPUTS, WIDTH, 0.8).build(), x, h);
        Trained storing = Trained.step(factory -> new Stored(factory, 0.8), x, h);
        assertThat(reversible.outputs().get(0))
                .containsExactly(storing.outputs().get(0), Offset.offset(1e-14));
        assertThat(reversible.gradientError(storing)).isLessThan(1e-10);
    }

    @Test
    void theCellLearnsWhereInputsNeedNoGradient() {
        Input x = Input.random(DType.DOUBLE, 1, 4, BATCH, INPUTS);
        Function<ParameterFactory, ReversibleGru> gru =
                factory -> ReversibleGru.builder(factory, INPUTS, WIDTH, 0.8).build();
        Map<String, double[]> expected = Trained.step(gru, x).gradients();
        expected.remove("input 0");
        assertThat(Trained.step(gru, x.constant()).gradients())
                .usingRecursiveComparison()
                .isEqualTo(expected);
    }

    @Test
    void noStateIsSavedButTheLast() {
        for (int steps : new int[] {1, 4, 12}) {
            assertThat(step(DType.FLOAT, steps, 0.9).savedBytes())
                    .as("%d steps", steps)
                    .isEqualTo((BATCH * WIDTH + steps * BATCH * INPUTS) * (long) Float.BYTES);
        }
        assertThat(Trained.step(
                                factory -> ReversibleGru.builder(factory, INPUTS, WIDTH, 0.9)
                                        .anchorEvery(5)
                                        .build(),
                                Input.random(DType.FLOAT, 1, 12, BATCH, INPUTS))
                        .savedBytes())
                .as("two anchors")
                .isEqualTo((3 * BATCH * WIDTH + 12 * BATCH * INPUTS) * (long) Float.BYTES);
    }

    /** A layer's couplings, one after another or in a sequence, in a model that has the layer once. */
    private static final class Arranged extends Module {
        private final Module steps;

        Arranged(ParameterFactory factory, Function<List<Coupling>, Module> arrangement) {
            ReversibleGru gru = register(
                    "gru", ReversibleGru.builder(factory, INPUTS, WIDTH, 0.8).build());
            steps = register("steps", arrangement.apply(gru.couplings(STEPS)));
        }

        @Override
        protected List<Variable> forward(List<Variable> inputs) {
            List<Variable> entering = new ArrayList<>(Slice.split(inputs.get(1), 1, WIDTH / 2, WIDTH / 2));
            for (int t = 0; t < STEPS; t++) {
                entering.add(Reshape.reshape(Slice.slice(inputs.get(0), 0, t, 1), BATCH, INPUTS));
            }
            List<Variable> results = steps.call(entering);
            return List.of(Concat.concat(1, results.get(0), results.get(1)));
        }
    }

    @Test
    void itsStepsAreCouplingsThatFollowOneAnother() {
        Input x = Input.random(DType.DOUBLE, 1, STEPS, BATCH, INPUTS);
        Input h = Input.random(DType.DOUBLE, 2, BATCH, WIDTH);
        Trained layer = Trained.step(
                factory -> new Sequential(Map.of(
                        "gru",
                        ReversibleGru.builder(factory, INPUTS, WIDTH, 0.8).build())),
                x,
                h);
        Trained storing = Trained.step(factory -> new Arranged(factory, Sequential::new), x, h);
        Trained reversible = Trained.step(factory -> new Arranged(factory, ReversibleSequence::new), x, h);
        assertThat(storing.outputs().get(0)).containsExactly(layer.outputs().get(0));
        assertThat(reversible.outputs().get(0)).containsExactly(layer.outputs().get(0));
        assertThat(storing.gradientError(layer)).isLessThan(1e-12);
        assertThat(reversible.gradientError(storing)).isLessThan(1e-12);
        assertThat(reversible.savedBytes()).isEqualTo(layer.savedBytes()).isLessThan(storing.savedBytes());
    }

    @Test
    void somethingMayStandAroundTheHalves() {
        AtomicInteger calls = new AtomicInteger();
        Trained.outputs(
                factory -> {
                    ReversibleGru gru = ReversibleGru.builder(factory, INPUTS, WIDTH, 0.8)
                            .wrapping(half -> new Counted(half, calls))
                            .build();
                    assertThat(gru.parameters())
                            .containsOnlyKeys(ReversibleGru.builder(factory, INPUTS, WIDTH, 0.8)
                                    .build()
                                    .parameters()
                                    .keySet());
                    return gru;
                },
                Input.random(DType.DOUBLE, 1, STEPS, BATCH, INPUTS));
        assertThat(calls).hasValue(2 * STEPS);
    }

    private static final class Counted extends Module {
        private final Module half;
        private final AtomicInteger calls;

        Counted(Module half, AtomicInteger calls) {
            this.half = register("", half);
            this.calls = calls;
        }

        @Override
        protected List<Variable> forward(List<Variable> inputs) {
            calls.incrementAndGet();
            return half.call(inputs);
        }
    }

    @Test
    void anchorsHoldTheErrorOfLongSequences() {
        Input x = Input.random(DType.FLOAT, 1, 40, BATCH, INPUTS);
        Input h = Input.random(DType.FLOAT, 2, BATCH, WIDTH);
        Trained storing = Trained.step(factory -> new Stored(factory, 0.3), x, h);
        Trained drifting = Trained.step(
                factory -> ReversibleGru.builder(factory, INPUTS, WIDTH, 0.3).build(), x, h);
        Trained anchored = Trained.step(
                factory -> ReversibleGru.builder(factory, INPUTS, WIDTH, 0.3)
                        .anchorEvery(4)
                        .build(),
                x,
                h);
        assertThat(drifting.gradientError(storing)).isGreaterThan(1e-2);
        assertThat(anchored.gradientError(storing)).isLessThan(1e-4);
    }

    @Test
    void sequencesMayBeBatchFirst() {
        double[] x = Input.random(DType.DOUBLE, 1, 2, 3, 1).values();
        double[] transposed = {x[0], x[3], x[1], x[4], x[2], x[5]};
        assertThat(Trained.outputs(
                                factory -> ReversibleGru.builder(factory, 1, 4, 0.9)
                                        .batchFirst()
                                        .build(),
                                Input.of(Shape.of(2, 3, 1), x))
                        .get(0))
                .containsExactly(Trained.outputs(
                                factory -> ReversibleGru.builder(factory, 1, 4, 0.9)
                                        .build(),
                                Input.of(Shape.of(3, 2, 1), transposed))
                        .get(0));
    }

    @ParameterizedTest
    @ValueSource(doubles = {0, 1, -1, Double.NaN})
    void forgetGatesWithoutALimitAreRefused(double least) {
        assertThatThrownBy(() -> Trained.outputs(
                        factory -> ReversibleGru.builder(factory, 1, 4, least).build(),
                        Input.random(DType.DOUBLE, 1, 1, 1, 1)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("ReversibleGru: forget gates of at least " + least
                        + ": give a number above 0, since the inverse divides by them, and below 1, as 0.9");
    }

    @Test
    void shapesThatDoNotFitAreRefused() {
        assertThatThrownBy(() -> Trained.outputs(
                        factory -> new ReversibleGruCell(factory, 1, 5, 0.9), Input.random(DType.DOUBLE, 1, 1, 1)))
                .hasMessage(
                        "ReversibleGru: a state of width 5 has no two halves, each changed by the other; give an even"
                                + " width");
        assertThatThrownBy(() -> Trained.outputs(
                        factory -> ReversibleGru.builder(factory, 1, 4, 0.9).build(),
                        Input.random(DType.DOUBLE, 1, 3, 1)))
                .isInstanceOf(ShapeException.class)
                .hasMessageContaining(
                        "ReversibleGru: takes x [T, B, I] and perhaps a state [B, H], got [DOUBLE[3, 1]]");
        assertThatThrownBy(() -> Trained.outputs(
                        factory -> ReversibleGru.builder(factory, 1, 4, 0.9).build(),
                        Input.random(DType.DOUBLE, 1, 3, 2, 1),
                        Input.random(DType.DOUBLE, 1, 2, 3)))
                .hasMessageContaining("ReversibleGru: state [2, 3] must be [2, 4] = [B, H]");
        assertThatThrownBy(() -> Trained.outputs(
                        factory -> ReversibleGru.builder(factory, 1, 4, 0.9)
                                .anchorEvery(0)
                                .build(),
                        Input.random(DType.DOUBLE, 1, 3, 2, 1)))
                .hasMessage("ReversibleGru: an anchor every 0 steps; give at least 1");
        assertThatThrownBy(() -> Trained.outputs(
                        factory -> new Sequential(ReversibleGru.builder(factory, 1, 4, 0.9)
                                .build()
                                .couplings(0)),
                        Input.random(DType.DOUBLE, 1, 2, 2)))
                .hasMessage("ReversibleGru: 0 steps; give at least 1");
    }
}
