package org.backpropaganda.autograd.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.backpropaganda.autograd.graph.TwiceDifferentiable;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.MemoryKind;
import org.backpropaganda.autograd.tensor.MemoryLedger;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** The laws of ops that have a recorded backward. */
abstract class SecondOrderContract extends DivergenceContract {

    /** How far the recorded backward may lie from {@code vjp} in {@code DOUBLE}. */
    protected double doubleTolerance() {
        return 1e-12;
    }

    private Stream<OpCase> twiceDifferentiable() {
        return cases().filter(opCase -> opCase.op() instanceof TwiceDifferentiable
                && !opCase.differentiable().isEmpty());
    }

    @TestFactory
    final Stream<DynamicTest> recordedBackwardAgreesWithVjp() {
        return law(twiceDifferentiable(), this::assertAgreesWithVjp);
    }

    @TestFactory
    final Stream<DynamicTest> secondDerivativesAreThoseOfFiniteDifferences() {
        return law(twiceDifferentiable(), this::assertMatchesFiniteDifferences);
    }

    /** The rule written with ops gives what {@code vjp} gives, and leaves the tape able to differentiate on. */
    private void assertAgreesWithVjp(OpCase opCase, DType dtype) {
        MemoryLedger ledger = engine().ledger();
        long base = ledger.liveBytes();
        try (OpTrial trial = trial(opCase, dtype)) {
            Variable y = trial.forward();
            List<Variable> wanted =
                    opCase.differentiable().stream().map(trial.variables::get).toList();
            long saved = ledger.liveBytes(MemoryKind.ACTIVATION);
            List<Variable> recorded =
                    trial.tape.differentiate(List.of(y), List.of(trial.tape.constant(trial.dy)), wanted);
            List<double @Nullable []> actual = new ArrayList<>();
            recorded.forEach(gradient -> actual.add(gradient.value().toDoubles()));
            assertThat(ledger.liveBytes(MemoryKind.ACTIVATION))
                    .as("what the op saved stays")
                    .isGreaterThanOrEqualTo(saved);
            List<double @Nullable []> all = trial.backward(y);
            List<double @Nullable []> expected = new ArrayList<>();
            opCase.differentiable().forEach(i -> expected.add(all.get(i)));
            Numbers.assertClose(actual, expected, tolerance(dtype, doubleTolerance()));
            recorded.forEach(Variable::release);
            assertThat(ledger.liveBytes(MemoryKind.ACTIVATION))
                    .as("ACTIVATION after backward")
                    .isZero();
        }
        assertThat(ledger.liveBytes()).as("after closing").isEqualTo(base);
    }

    /** Second derivatives are those of finite differences of the first, with respect to the inputs and to dy. */
    private void assertMatchesFiniteDifferences(OpCase opCase) {
        try (TensorScope scope = engine().scope("check")) {
            SplittableRandom random = new SplittableRandom(TestSeed.get());
            Tensor[] inputs = opCase.inputs().stream()
                    .map(input -> input.draw(scope, DType.DOUBLE, random))
                    .toArray(Tensor[]::new);
            gradientCheck()
                    .constants(opCase.constants())
                    .checkGradients(
                            x -> List.of(x.get(0).tape().apply(opCase.op(), x.toArray(Variable[]::new))), inputs)
                    .orThrow();
        }
    }
}
