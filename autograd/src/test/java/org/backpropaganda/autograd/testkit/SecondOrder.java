package org.backpropaganda.autograd.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.backpropaganda.autograd.check.GradientCheck;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.autograd.tensor.MemoryKind;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.jspecify.annotations.Nullable;

/** The laws of ops that have a recorded backward. */
final class SecondOrder {
    private SecondOrder() {}

    /** The rule written with ops gives what {@code vjp} gives, and leaves the tape able to differentiate on. */
    static void agreesWithVjp(Engine engine, OpCase opCase, DType dtype, double tolerance) {
        long base = engine.ledger().liveBytes();
        try (OpTrial trial = new OpTrial(engine, opCase, dtype)) {
            Variable y = trial.forward();
            List<Variable> wanted =
                    opCase.differentiable().stream().map(trial.variables::get).toList();
            long saved = engine.ledger().liveBytes(MemoryKind.ACTIVATION);
            List<Variable> recorded =
                    trial.tape.differentiate(List.of(y), List.of(trial.tape.constant(trial.dy)), wanted);
            List<double @Nullable []> actual = new ArrayList<>();
            recorded.forEach(gradient -> actual.add(gradient.value().toDoubles()));
            assertThat(engine.ledger().liveBytes(MemoryKind.ACTIVATION))
                    .as("what the op saved stays")
                    .isGreaterThanOrEqualTo(saved);
            List<double @Nullable []> all = trial.backward(y);
            List<double @Nullable []> expected = new ArrayList<>();
            opCase.differentiable().forEach(i -> expected.add(all.get(i)));
            Numbers.assertClose(actual, expected, tolerance);
            recorded.forEach(Variable::release);
            assertThat(engine.ledger().liveBytes(MemoryKind.ACTIVATION))
                    .as("ACTIVATION after backward")
                    .isZero();
        }
        assertThat(engine.ledger().liveBytes()).as("after closing").isEqualTo(base);
    }

    /** Second derivatives are those of finite differences of the first, with respect to the inputs and to dy. */
    static void matchesFiniteDifferences(Engine engine, OpCase opCase, GradientCheck check) {
        try (TensorScope scope = engine.scope("check")) {
            SplittableRandom random = new SplittableRandom(TestSeed.get());
            Tensor[] inputs = opCase.inputs().stream()
                    .map(input -> input.draw(scope, DType.DOUBLE, random))
                    .toArray(Tensor[]::new);
            check.constants(opCase.constants())
                    .checkGradients(
                            x -> List.of(x.get(0).tape().apply(opCase.op(), x.toArray(Variable[]::new))), inputs)
                    .orThrow();
        }
    }
}
