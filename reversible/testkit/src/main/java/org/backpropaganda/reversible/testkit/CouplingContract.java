package org.backpropaganda.reversible.testkit;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.assertj.core.data.Offset;
import org.backpropaganda.autograd.check.GradientCheck;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.nn.ParameterFactory;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.autograd.tensor.MemoryKind;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.backpropaganda.autograd.tensor.TensorSpec;
import org.backpropaganda.autograd.testkit.StepFigures;
import org.backpropaganda.autograd.testkit.TestSeed;
import org.backpropaganda.reversible.Coupling;
import org.backpropaganda.reversible.Step;
import org.backpropaganda.reversible.Update;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/**
 * The laws of every coupling, by itself and in a reversible sequence. A test class extends this and gives {@link #cases()};
 * each law is a test, run for every case. Numbers follow from {@link TestSeed}.
 *
 * <p>Couplings that are {@linkplain Coupling#isExact() exact} are held to the bit. A grid that they round to is to be fine enough
 * for finite differences, as of 44 fraction bits in {@code DOUBLE}: what is rounded is differentiated as if it were not.
 *
 * <pre>{@code
 * class MineTest extends CouplingContract {
 *     protected Stream<CouplingCase> cases() {
 *         return Stream.of(CouplingCase.of("mine",
 *             (factory, counted) -> new Mine(counted.apply(new Linear(factory, 4, 4, true))),
 *             Shape.of(3, 4), Shape.of(3, 4)));
 *     }
 * }
 * }</pre>
 */
public abstract class CouplingContract {
    /** Couplings with streams that fit them, in training as in evaluation. */
    protected abstract Stream<CouplingCase> cases();

    /** How far a reconstruction in {@code DOUBLE} may lie from the original, relative to 1 or the largest number. */
    protected double inverseBound() {
        return 1e-12;
    }

    /** How far a gradient in {@code DOUBLE} may lie from the storing model's: ‖g−g₀‖₂/‖g₀‖₂. */
    protected double gradientBound() {
        return 1e-10;
    }

    /** How often each function runs in a step of a reversible sequence. */
    protected int evaluations() {
        return 2;
    }

    private Stream<DynamicTest> law(Consumer<CouplingCase> law) {
        return cases().map(c -> dynamicTest(c.name(), () -> law.accept(c)));
    }

    private static void withTrial(CouplingCase c, boolean reversible, Consumer<CouplingTrial> use) {
        try (CouplingTrial trial = new CouplingTrial(c, DType.DOUBLE, reversible)) {
            use.accept(trial);
        }
    }

    @TestFactory
    final Stream<DynamicTest> inverseUndoesForward() {
        return law(c -> withTrial(c, true, trial -> assertUndone(trial, true)));
    }

    @TestFactory
    final Stream<DynamicTest> forwardUndoesInverse() {
        return law(c -> withTrial(c, true, trial -> assertUndone(trial, !c.keepsShapes())));
    }

    /**
     * Where shapes change, streams that might be outputs are made by forward. Each of the two starts from the step's key of
     * its own, so that random functions see the same masks.
     */
    private void assertUndone(CouplingTrial trial, boolean forwardFirst) {
        Coupling coupling = trial.couplings.get(0);
        if (coupling.bitsPerElement() > 0) {
            assertHasNoInverse(trial);
            return;
        }
        try (TensorScope scope = trial.root.child()) {
            List<Tensor> between =
                    once(scope, trial.inputs, x -> forwardFirst ? coupling.call(x) : coupling.inverse(x));
            List<Tensor> back = once(scope, between, x -> forwardFirst ? coupling.inverse(x) : coupling.call(x));
            assertThat(between)
                    .as("streams behind what is to be undone")
                    .anySatisfy(y -> assertThat(trial.inputs)
                            .allSatisfy(x -> assertThat(y.toDoubles()).isNotEqualTo(x.toDoubles())));
            assertThat(back.stream().map(Tensor::spec))
                    .as("streams")
                    .containsExactlyElementsOf(
                            trial.inputs.stream().map(Tensor::spec).toList());
            for (int i = 0; i < back.size(); i++) {
                double[] original = trial.inputs.get(i).toDoubles();
                assertThat(back.get(i).toDoubles())
                        .as("stream " + i)
                        .containsExactly(original, Offset.offset(inverseBound() * largest(original)));
            }
            if (coupling.isExact() && trial.keepsShapes()) {
                assertExact(scope, trial, forwardFirst);
            }
        }
    }

    /** What forward gave is had back to the bit, from what it gives next or to what it was given. */
    private static void assertExact(TensorScope scope, CouplingTrial trial, boolean forwardFirst) {
        Coupling coupling = trial.couplings.get(0);
        List<Tensor> given = once(scope, trial.inputs, coupling::call);
        List<Tensor> between = once(scope, given, x -> forwardFirst ? coupling.call(x) : coupling.inverse(x));
        List<Tensor> back = once(scope, between, x -> forwardFirst ? coupling.inverse(x) : coupling.call(x));
        for (int i = 0; i < back.size(); i++) {
            assertThat(back.get(i).toDoubles())
                    .as("stream " + i + " to the bit")
                    .containsExactly(given.get(i).toDoubles());
        }
    }

    /** Without the bits that forward loses there is no inverse, and a coupling says so. */
    private static void assertHasNoInverse(CouplingTrial trial) {
        Coupling coupling = trial.couplings.get(0);
        try (TensorScope scope = trial.root.child()) {
            assertThatThrownBy(() -> once(scope, trial.inputs, coupling::inverse))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining(coupling.getClass().getSimpleName());
        }
    }

    private interface Function {
        List<Variable> of(List<Variable> x);
    }

    private static List<Tensor> once(TensorScope scope, List<Tensor> x, Function function) {
        try (Tape tape = Tape.builder(scope)
                .seed(TestSeed.get())
                .evaluating()
                .notRecording()
                .build()) {
            return function.of(x.stream().map(tape::constant).toList()).stream()
                    .map(y -> scope.allocate(y.shape(), y.dtype()).copyFrom(y.value()))
                    .toList();
        }
    }

    private static double largest(double[] values) {
        double largest = 1;
        for (double value : values) {
            largest = Math.max(largest, Math.abs(value));
        }
        return largest;
    }

    @TestFactory
    final Stream<DynamicTest> gradientsAreThoseOfTheStoringModel() {
        return law(c -> withTrial(
                c,
                true,
                reversible -> withTrial(
                        c,
                        false,
                        storing -> assertClose(
                                reversible.step().gradients(), storing.step().gradients()))));
    }

    private void assertClose(Map<String, double[]> actual, Map<String, double[]> expected) {
        assertThat(actual.keySet()).as("gradients").isEqualTo(expected.keySet());
        double greatest = expected.values().stream()
                .mapToDouble(CouplingContract::norm)
                .max()
                .orElse(0);
        expected.forEach((name, g0) -> {
            double[] difference = requireNonNull(actual.get(name)).clone();
            for (int i = 0; i < difference.length; i++) {
                difference[i] -= g0[i];
            }
            assertThat(norm(difference))
                    .as("gradient of %s", name)
                    .isLessThanOrEqualTo(gradientBound() * Math.max(norm(g0), greatest / 100));
        });
    }

    private static double norm(double[] values) {
        double squares = 0;
        for (double value : values) {
            squares += value * value;
        }
        return Math.sqrt(squares);
    }

    @TestFactory
    final Stream<DynamicTest> gradientsAreThoseOfFiniteDifferences() {
        return law(c -> withTrial(
                c,
                true,
                trial -> GradientCheck.seeded(TestSeed.get())
                        .elementwiseUpTo(48, 6)
                        .check(trial.sequence, trial.inputs.toArray(Tensor[]::new))
                        .orThrow()));
    }

    @TestFactory
    final Stream<DynamicTest> outputsAndStatisticsAreThoseOfTheStoringModel() {
        return law(c -> withTrial(
                c,
                true,
                reversible -> withTrial(c, false, storing -> {
                    Map<String, double[]> expected = storing.step().values();
                    Map<String, double[]> actual = reversible.step().values();
                    assertThat(actual.keySet()).isEqualTo(expected.keySet());
                    expected.forEach((name, values) ->
                            assertThat(actual.get(name)).as(name).containsExactly(values));
                })));
    }

    /** In both types, with all that a step tells. */
    @TestFactory
    final Stream<DynamicTest> exactCouplingsEqualTheStoringModelToTheBit() {
        return cases().filter(CouplingContract::isExact)
                .flatMap(c -> Stream.of(DType.FLOAT, DType.DOUBLE)
                        .map(dtype -> dynamicTest(c.name() + ", " + dtype, () -> assertSameBits(c, dtype))));
    }

    private static boolean isExact(CouplingCase c) {
        try (Engine engine = Engine.withoutMemory();
                TensorScope scope = engine.scope("")) {
            ParameterFactory factory = new ParameterFactory(scope, DType.DOUBLE, TestSeed.get());
            return c.counting(UnaryOperator.identity()).apply(factory).isExact();
        }
    }

    private static void assertSameBits(CouplingCase c, DType dtype) {
        try (CouplingTrial reversible = new CouplingTrial(c, dtype, true);
                CouplingTrial storing = new CouplingTrial(c, dtype, false)) {
            CouplingTrial.Step expected = storing.step();
            CouplingTrial.Step actual = reversible.step();
            expected.values()
                    .forEach((name, values) ->
                            assertThat(actual.values().get(name)).as(name).containsExactly(values));
            assertThat(actual.gradients().keySet())
                    .as("gradients")
                    .isEqualTo(expected.gradients().keySet());
            expected.gradients()
                    .forEach((name, values) -> assertThat(actual.gradients().get(name))
                            .as("gradient of %s", name)
                            .containsExactly(values));
        }
    }

    @TestFactory
    final Stream<DynamicTest> stepsRepeatBitForBit() {
        return law(c -> withTrial(
                c,
                true,
                one -> withTrial(c, true, other -> {
                    Map<String, double[]> expected = one.step().gradients();
                    other.step()
                            .gradients()
                            .forEach((name, values) -> assertThat(values)
                                    .as("gradient of %s", name)
                                    .containsExactly(expected.get(name)));
                })));
    }

    @TestFactory
    final Stream<DynamicTest> savesItsStreamsAndTheBitsItLoses() {
        return law(c -> withTrial(c, true, trial -> {
            CouplingTrial.Step step = trial.step();
            int last = step.outputs().size() - c.sides().size();
            long streams = step.outputs().subList(0, last).stream()
                    .mapToLong(TensorSpec::bytes)
                    .sum();
            assertThat(step.savedBytes()).as("saved bytes").isEqualTo(streams + lostBytes(c, trial.couplings));
            assertThat(trial.engine.ledger().liveBytes(MemoryKind.ACTIVATION))
                    .as("ACTIVATION after backward")
                    .isZero();
        }));
    }

    /** Where shapes change, what loses bits is to stand before they do. */
    private static long lostBytes(CouplingCase c, List<Coupling> couplings) {
        long bytes = 0;
        for (Coupling coupling : couplings) {
            for (Step step : coupling.steps()) {
                if (step instanceof Update update && update.bitsPerElement() > 0) {
                    Shape stream = c.streams().get(coupling.streams().indexOf(update.target()));
                    bytes += (stream.elements() * update.bitsPerElement() + 7) / 8;
                }
            }
        }
        return bytes;
    }

    @TestFactory
    final Stream<DynamicTest> shapesPredictItsBytes() {
        return law(c -> withTrial(
                c,
                true,
                trial -> assertThat(StepFigures.predicted(trial.sequence.summary(
                                trial.inputs.stream().map(Tensor::spec).toArray(TensorSpec[]::new))))
                        .isEqualTo(StepFigures.measured(trial.sequence, trial.inputs))));
    }

    @TestFactory
    final Stream<DynamicTest> functionsRunAsOftenAsIsSaid() {
        return law(c -> withTrial(c, true, trial -> {
            trial.step();
            assertThat(trial.evaluations).as("functions").isNotEmpty();
            assertThat(trial.evaluations.values()).as("evaluations").containsOnly(evaluations());
        }));
    }

    @TestFactory
    final Stream<DynamicTest> addsUpOverTwoCalls() {
        return law(c -> withTrial(
                c,
                true,
                reversible -> withTrial(
                        c,
                        false,
                        storing -> assertClose(
                                reversible.step(new Twice(reversible.sequence)).gradients(),
                                storing.step(new Twice(storing.sequence)).gradients()))));
    }

    /** The sequence, and again on what it gives; on its own inputs where shapes change. */
    private static final class Twice extends Module {
        private final Module body;

        Twice(Module body) {
            this.body = register("body", body);
        }

        @Override
        protected List<Variable> forward(List<Variable> streams) {
            List<Variable> once = body.call(streams);
            if (once.stream()
                    .map(Variable::spec)
                    .toList()
                    .equals(streams.stream().map(Variable::spec).toList())) {
                return body.call(once);
            }
            List<Variable> all = new ArrayList<>(once);
            all.addAll(body.call(streams));
            return all;
        }
    }
}
