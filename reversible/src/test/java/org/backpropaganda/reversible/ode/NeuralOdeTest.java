package org.backpropaganda.reversible.ode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.assertj.core.data.Offset;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.nn.Activation;
import org.backpropaganda.autograd.nn.Linear;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.nn.ParameterFactory;
import org.backpropaganda.autograd.nn.Sequential;
import org.backpropaganda.autograd.nn.UnaryModule;
import org.backpropaganda.autograd.op.Add;
import org.backpropaganda.autograd.op.Multiply;
import org.backpropaganda.autograd.op.Scale;
import org.backpropaganda.autograd.op.Subtract;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.reversible.Coupling;
import org.backpropaganda.reversible.ReversibleSequence;
import org.backpropaganda.reversible.Trained;
import org.backpropaganda.reversible.Trained.Input;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class NeuralOdeTest {
    private static final double[][] MATRIX = {{-0.3, -1.1}, {0.9, 0.2}};
    private static final double END = 2;

    static Stream<Arguments> solvers() {
        return Stream.of(
                Arguments.of(new ReversibleHeun(), 2),
                Arguments.of(new AlgebraicallyReversible(RungeKutta.euler()), 1),
                Arguments.of(new AlgebraicallyReversible(RungeKutta.midpoint()), 2),
                Arguments.of(
                        new AlgebraicallyReversible(
                                new RungeKutta(List.of(List.of(), List.of(2 / 3.0)), List.of(0.25, 0.75))),
                        2),
                Arguments.of(new AlgebraicallyReversible(RungeKutta.rk4()), 4));
    }

    /** Errors that halving the step divides by 2 to the order. */
    private static void assertOrder(int order, double error, double ofHalfTheStep) {
        assertThat(Math.log(error / ofHalfTheStep) / Math.log(2)).isCloseTo(order, Offset.offset(0.15));
    }

    private static Module linear(ParameterFactory factory) {
        Linear field = new Linear(factory, 2, 2, false);
        field.parameters().get("weight").value().set(MATRIX[0][0], MATRIX[0][1], MATRIX[1][0], MATRIX[1][1]);
        return field;
    }

    private static Input start() {
        return Input.of(Shape.of(1, 2), 1, -0.5);
    }

    private static double distance(double[] one, double[] other) {
        return Math.sqrt(IntStream.range(0, one.length)
                .mapToDouble(i -> Math.pow(one[i] - other[i], 2))
                .sum());
    }

    private static NeuralOde linearOde(ParameterFactory factory, OdeSolver solver, int steps) {
        return NeuralOde.builder(linear(factory), steps, END / steps)
                .solver(solver)
                .build();
    }

    @ParameterizedTest
    @MethodSource("solvers")
    void valuesApproachTheSolutionAtTheOrderOfTheMethod(OdeSolver solver, int order) {
        double[] y = MatrixExponential.times(MatrixExponential.of(MATRIX, END), 1, -0.5);
        double[] errors = IntStream.of(40, 80)
                .mapToDouble(n -> distance(
                        Trained.outputs(factory -> linearOde(factory, solver, n), start())
                                .get(0),
                        y))
                .toArray();
        assertOrder(order, errors[0], errors[1]);
    }

    /** d(vᵀ exp(AT) y0)/dA(i, j) = vᵀ E y0, where E is the upper right block of exp((A, e(i)e(j)ᵀ; 0, A) T). */
    @ParameterizedTest
    @MethodSource("solvers")
    void gradientsApproachThoseOfTheSolution(OdeSolver solver, int order) {
        Trained[] steps = IntStream.of(40, 80)
                .mapToObj(n -> Trained.step(factory -> linearOde(factory, solver, n), start()))
                .toArray(Trained[]::new);
        double[] v = Trained.slopes(2);
        double[] expected = new double[4];
        for (int i = 0; i < 4; i++) {
            double[][] block = new double[4][4];
            for (int row = 0; row < 2; row++) {
                for (int column = 0; column < 2; column++) {
                    block[row][column] = MATRIX[row][column];
                    block[row + 2][column + 2] = MATRIX[row][column];
                }
            }
            block[i / 2][2 + i % 2] = 1;
            double[] moved = MatrixExponential.times(MatrixExponential.of(block, END), 0, 0, 1, -0.5);
            expected[i] = v[0] * moved[0] + v[1] * moved[1];
        }
        double[][] matrix = MatrixExponential.of(MATRIX, END);
        double[] ofStart = {v[0] * matrix[0][0] + v[1] * matrix[1][0], v[0] * matrix[0][1] + v[1] * matrix[1][1]};
        assertOrder(
                order,
                distance(steps[0].gradients().get("field.weight"), expected),
                distance(steps[1].gradients().get("field.weight"), expected));
        assertOrder(
                order,
                distance(steps[0].gradients().get("input 0"), ofStart),
                distance(steps[1].gradients().get("input 0"), ofStart));
    }

    /** ẏ = 2 t y from t = 0.5 has the solution y exp(t² − 0.25). */
    @ParameterizedTest
    @MethodSource("solvers")
    void fieldsMayReadTheTime(OdeSolver solver, int order) {
        double exact = 3 * Math.exp(1.5 * 1.5 - 0.25);
        double[] errors = IntStream.of(40, 80)
                .mapToDouble(n -> Math.abs(Trained.outputs(
                                        factory -> NeuralOde.builder(new Driven(), n, 1.0 / n)
                                                .timeDependent()
                                                .startingAt(0.5)
                                                .solver(solver)
                                                .build(),
                                        Input.of(Shape.of(1, 1), 3))
                                .get(0)[0]
                        - exact))
                .toArray();
        assertOrder(order, errors[0], errors[1]);
    }

    private static final class Driven extends Module {
        @Override
        protected List<Variable> forward(List<Variable> inputs) {
            assertThat(inputs.get(0).shape()).isEqualTo(Shape.of(1));
            return List.of(Multiply.multiply(inputs.get(1), Scale.scale(inputs.get(0), 2)));
        }
    }

    private static Module field(ParameterFactory factory) {
        return new Sequential(new Linear(factory, 3, 5, true), Activation.tanh(), new Linear(factory, 5, 3, true));
    }

    /** A solver as its paper writes it, which stores. */
    private static final class Written extends UnaryModule {
        private final Module field;
        private final Function<Written, Function<List<Variable>, List<Variable>>> step;
        private final int steps;

        Written(Module field, int steps, Function<Written, Function<List<Variable>, List<Variable>>> step) {
            this.field = register("field", field);
            this.steps = steps;
            this.step = step;
        }

        @Override
        protected Variable forward(Variable y) {
            List<Variable> state = List.of(y, y);
            for (int i = 0; i < steps; i++) {
                state = step.apply(this).apply(state);
            }
            return state.get(0);
        }

        Variable f(Variable y) {
            return field.call(y);
        }
    }

    private static Variable sum(Variable a, double factor, Variable b) {
        return Add.add(a, Scale.scale(b, factor));
    }

    private static List<Variable> heun(Written w, double h, List<Variable> state) {
        Variable y = state.get(0);
        Variable f0 = w.f(state.get(1));
        Variable z1 = sum(Subtract.subtract(Scale.scale(y, 2), state.get(1)), h, f0);
        Variable y1 = sum(y, h / 2, Add.add(f0, w.f(z1)));
        return List.of(y1, z1);
    }

    private static List<Variable> algebraicMidpoint(Written w, double h, double lambda, List<Variable> state) {
        Variable z = state.get(1);
        Variable there = Scale.scale(w.f(sum(z, h / 2, w.f(z))), h);
        Variable y1 = Add.add(Add.add(Scale.scale(state.get(0), lambda), Scale.scale(z, 1 - lambda)), there);
        Variable back = Scale.scale(w.f(sum(y1, -h / 2, w.f(y1))), -h);
        return List.of(y1, Subtract.subtract(z, back));
    }

    @Test
    void heunIsAsThePaperWritesItAndItsGradientsAreThoseOfStoring() {
        assertSame(new ReversibleHeun(), w -> state -> heun(w, 0.1, state));
    }

    @Test
    void theAlgebraicSolverIsAsThePaperWritesItAndItsGradientsAreThoseOfStoring() {
        assertSame(
                new AlgebraicallyReversible(RungeKutta.midpoint(), 0.95),
                w -> state -> algebraicMidpoint(w, 0.1, 0.95, state));
    }

    private static void assertSame(
            OdeSolver solver, Function<Written, Function<List<Variable>, List<Variable>>> written) {
        Input y = Input.random(DType.DOUBLE, 1, 4, 3);
        Trained reversible = Trained.step(
                factory -> NeuralOde.builder(field(factory), 12, 0.1)
                        .solver(solver)
                        .build(),
                y);
        Trained storing = Trained.step(factory -> new Written(field(factory), 12, written), y);
        assertThat(reversible.outputs().get(0))
                .containsExactly(storing.outputs().get(0), Offset.offset(1e-13));
        assertThat(reversible.gradientError(storing)).isLessThan(1e-10);
    }

    /** The couplings of a layer, in a model that has the field once. */
    private static final class Arranged extends UnaryModule {
        private final Module steps;

        Arranged(Module field, OdeSolver solver, Function<List<Coupling>, Module> arrangement) {
            register("field", field);
            steps = register(
                    "steps",
                    arrangement.apply(NeuralOde.builder(field, 12, 0.1)
                            .solver(solver)
                            .startingAt(1)
                            .couplings()));
        }

        @Override
        protected Variable forward(Variable y) {
            return steps.call(List.of(y, y)).get(0);
        }
    }

    @ParameterizedTest
    @MethodSource("solvers")
    void itsStepsAreCouplingsThatFollowOneAnother(OdeSolver solver, int order) {
        Input y = Input.random(DType.DOUBLE, 1, 4, 3);
        Trained layer = Trained.step(
                factory -> NeuralOde.builder(field(factory), 12, 0.1)
                        .solver(solver)
                        .startingAt(1)
                        .build(),
                y);
        Trained storing = Trained.step(factory -> new Arranged(field(factory), solver, Sequential::new), y);
        Trained reversible = Trained.step(factory -> new Arranged(field(factory), solver, ReversibleSequence::new), y);
        assertThat(storing.outputs().get(0)).containsExactly(layer.outputs().get(0));
        assertThat(reversible.outputs().get(0)).containsExactly(layer.outputs().get(0));
        assertThat(storing.gradientError(layer)).isLessThan(1e-10);
        assertThat(reversible.gradientError(storing)).isLessThan(1e-10);
        assertThat(reversible.savedBytes()).isEqualTo(layer.savedBytes()).isLessThan(storing.savedBytes());
    }

    @ParameterizedTest
    @MethodSource("solvers")
    void savedBytesAreThoseOfTwoStatesWhateverTheSteps(OdeSolver solver, int order) {
        Input y = Input.random(DType.FLOAT, 1, 4, 3);
        for (int n : new int[] {1, 5, 50}) {
            assertThat(Trained.step(
                                    factory -> NeuralOde.builder(field(factory), n, 0.01)
                                            .solver(solver)
                                            .build(),
                                    y)
                            .savedBytes())
                    .as("%d steps", n)
                    .isEqualTo(2 * 4 * 3 * Float.BYTES);
        }
        assertThat(Trained.step(
                                factory -> NeuralOde.builder(field(factory), 50, 0.01)
                                        .solver(solver)
                                        .anchorEvery(20)
                                        .build(),
                                y)
                        .savedBytes())
                .as("two anchors")
                .isEqualTo(3 * 2 * 4 * 3 * Float.BYTES);
    }

    @Test
    void eachSlopeOfHeunIsComputedOnceForwardAndOnceBackward() {
        AtomicInteger evaluations = new AtomicInteger();
        Trained.step(
                factory -> NeuralOde.builder(
                                new Sequential(field(factory), new Activation(x -> {
                                    evaluations.incrementAndGet();
                                    return x;
                                })),
                                10,
                                0.1)
                        .build(),
                Input.random(DType.DOUBLE, 1, 4, 3));
        assertThat(evaluations).hasValue(2 * 11);
    }

    @ParameterizedTest
    @MethodSource("solvers")
    void theFieldLearnsWhereTheStateNeedsNoGradient(OdeSolver solver, int order) {
        Input y = Input.random(DType.DOUBLE, 1, 4, 3);
        Function<ParameterFactory, NeuralOde> ode = factory ->
                NeuralOde.builder(field(factory), 3, 0.1).solver(solver).build();
        Map<String, double[]> expected = Trained.step(ode, y).gradients();
        expected.remove("input 0");
        assertThat(Trained.step(ode, y.constant()).gradients())
                .usingRecursiveComparison()
                .isEqualTo(expected);
    }

    @Test
    void parametersStandInItOnce() {
        Trained step = Trained.step(
                factory -> NeuralOde.builder(field(factory), 3, 0.1).build(), Input.random(DType.DOUBLE, 1, 4, 3));
        assertThat(step.gradients())
                .containsOnlyKeys("field.0.weight", "field.0.bias", "field.2.weight", "field.2.bias", "input 0");
    }

    @ParameterizedTest
    @ValueSource(doubles = {0, -0.5, 1.01, Double.NaN})
    void lambdaOutOfRangeIsRefused(double lambda) {
        assertThatThrownBy(() -> new AlgebraicallyReversible(RungeKutta.euler(), lambda))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("AlgebraicallyReversible: lambda " + lambda
                        + " is not above 0 and at most 1; the inverse divides by it; give one as 0.999");
    }

    @Test
    void settingsThatAreNoneAreRefused() {
        Module field = Activation.tanh();
        assertThatThrownBy(() -> NeuralOde.builder(field, 0, 0.1)).hasMessage("NeuralOde: 0 steps; give at least 1");
        assertThatThrownBy(() -> NeuralOde.builder(field, 3, 0)).hasMessageContaining("NeuralOde: step size 0.0");
        assertThatThrownBy(() -> NeuralOde.builder(field, 3, 0.1).startingAt(Double.NaN))
                .hasMessage("NeuralOde: start time NaN is not finite");
        assertThatThrownBy(() -> NeuralOde.builder(field, 3, 0.1).anchorEvery(0))
                .hasMessageContaining("an anchor every 0 steps");
        assertThatThrownBy(() -> new RungeKutta(List.of(List.of(), List.of(0.5)), List.of(0.5, 0.4)))
                .hasMessageContaining("are no explicit method");
        assertThatThrownBy(() -> new RungeKutta(List.of(List.of(0.5)), List.of(1.0)))
                .hasMessageContaining("are no explicit method");
        assertThatThrownBy(() -> new RungeKutta(List.of(), List.of())).hasMessageContaining("are no explicit method");
    }

    @Test
    void aFieldOfAnotherShapeIsRefusedByName() {
        assertThatThrownBy(() -> Trained.outputs(
                        factory -> NeuralOde.builder(new Linear(factory, 3, 1, true), 2, 0.1)
                                .build(),
                        Input.random(DType.DOUBLE, 1, 4, 3)))
                .hasMessageContaining("NeuralOde: the field Linear gave [DOUBLE[4, 1]] for a state DOUBLE[4, 3]; let it"
                        + " return one result of the state's shape and element type");
    }
}
