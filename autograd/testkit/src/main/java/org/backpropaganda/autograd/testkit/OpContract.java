package org.backpropaganda.autograd.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.backpropaganda.autograd.graph.BackwardCall;
import org.backpropaganda.autograd.graph.Op;
import org.backpropaganda.autograd.graph.Operands;
import org.backpropaganda.autograd.graph.Saves;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.MemoryKind;
import org.backpropaganda.autograd.tensor.MemoryLedger;
import org.backpropaganda.autograd.tensor.ShapeException;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.TestInstance;

/**
 * The laws of every op. A test class of an op extends this and gives {@link #cases()} and {@link #refusals()}; each law
 * is a test, run for every case. Numbers follow from {@link TestSeed}.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
public abstract class OpContract extends RecomputationContract {
    private Stream<DynamicTest> law(Consumer<OpCase> law) {
        return law(cases(), law);
    }

    private Stream<DynamicTest> law(BiConsumer<OpCase, DType> law) {
        return law(cases(), law);
    }

    /** What happens in a trial of its own. */
    private List<double @Nullable []> gradients(OpCase opCase, DType dtype) {
        try (OpTrial trial = trial(opCase, dtype)) {
            return trial.backward(trial.forward());
        }
    }

    @TestFactory
    final Stream<DynamicTest> inferTellsTheOutput() {
        return law((opCase, dtype) -> {
            try (OpTrial trial = trial(opCase, dtype)) {
                Variable output = trial.forward();
                assertThat(output.value().spec()).isEqualTo(opCase.op().infer(opCase.specs(dtype)));
                assertThat(output.spec()).isEqualTo(output.value().spec());
            }
        });
    }

    @TestFactory
    final Stream<DynamicTest> refusesWhatDoesNotFit() {
        return refusals()
                .map(refusal -> dynamicTest(
                        refusal.toString(),
                        () -> assertThatThrownBy(() -> refusal.op().infer(refusal.inputs()))
                                .isInstanceOf(ShapeException.class)
                                .hasMessageStartingWith(refusal.op().name() + ": ")
                                .satisfies(e -> assertThat(refusal.inputs())
                                        .as(e.getMessage())
                                        .anySatisfy(spec -> assertThat(e)
                                                .hasMessageContaining(
                                                        spec.shape().toString())))));
    }

    @TestFactory
    final Stream<DynamicTest> gradientsAreThoseOfFiniteDifferences() {
        return law(opCase -> {
            try (TensorScope scope = engine().scope("check")) {
                SplittableRandom random = new SplittableRandom(TestSeed.get());
                Tensor[] inputs = opCase.inputs().stream()
                        .map(input -> input.draw(scope, DType.DOUBLE, random))
                        .toArray(Tensor[]::new);
                gradientCheck()
                        .constants(opCase.constants())
                        .check(x -> x.get(0).tape().apply(opCase.op(), x.toArray(Variable[]::new)), inputs)
                        .orThrow();
            }
        });
    }

    @TestFactory
    final Stream<DynamicTest> floatIsCloseToDouble() {
        return law(opCase -> {
            try (OpTrial floats = trial(opCase, DType.FLOAT);
                    OpTrial doubles = trial(opCase, DType.DOUBLE)) {
                Variable y = floats.forward();
                Variable y0 = doubles.forward();
                Numbers.assertClose("output", y.value().toDoubles(), y0.value().toDoubles(), floatTolerance());
                Numbers.assertClose(floats.backward(y), doubles.backward(y0), floatTolerance());
            }
        });
    }

    @TestFactory
    final Stream<DynamicTest> leavesInputsAndOutputGradientAlone() {
        return law((opCase, dtype) -> {
            try (OpTrial trial = trial(opCase, dtype)) {
                List<Tensor> given = new ArrayList<>(trial.inputs);
                given.add(trial.dy);
                List<double[]> before = given.stream().map(Tensor::toDoubles).toList();
                List<Integer> versions = given.stream().map(Tensor::version).toList();
                Variable y = trial.forward();
                double[] output = y.value().toDoubles();
                trial.backward(y);
                for (int i = 0; i < given.size(); i++) {
                    Numbers.assertSame("tensor " + i, given.get(i).toDoubles(), before.get(i));
                    assertThat(given.get(i).version()).isEqualTo(versions.get(i));
                }
                Numbers.assertSame("output", y.value().toDoubles(), output);
            }
        });
    }

    @TestFactory
    final Stream<DynamicTest> outputIsAnInputOnlyIfDeclaredSo() {
        return law((opCase, dtype) -> {
            try (OpTrial trial = trial(opCase, dtype)) {
                Tensor output = trial.forward().value();
                for (int i = 0; i < trial.inputs.size(); i++) {
                    assertThat(output.sharesBytesWith(trial.inputs.get(i)))
                            .as("output shares the bytes of input %s", i)
                            .isEqualTo(opCase.op().isView() && i == 0);
                }
            }
        });
    }

    @TestFactory
    final Stream<DynamicTest> readsOnlyWhatItDeclaresAsSaved() {
        return law((opCase, dtype) -> {
            Op spied = ChangedOp.spied(opCase.op(), call -> assertUnreachable(opCase, call));
            try (OpTrial trial =
                    new OpTrial(engine(), spied, opCase, dtype, Set.copyOf(opCase.differentiable()), true)) {
                Variable y = trial.forward();
                Saves saves = trial.saves();
                for (int i = 0; i < trial.inputs.size(); i++) {
                    if (!saves.inputs().contains(i)) {
                        Numbers.poison(trial.inputs.get(i));
                    }
                }
                if (!saves.output()) {
                    Numbers.poison(y.value());
                }
                Numbers.assertSame(trial.backward(y), gradients(opCase, dtype));
            }
        });
    }

    private static void assertUnreachable(OpCase opCase, BackwardCall call) {
        List<Integer> all = IntStream.range(0, call.inputs()).boxed().toList();
        Saves saves = opCase.op()
                .saves(new Operands(
                        all.stream().map(call::spec).toList(),
                        all.stream().map(call::needs).toList()));
        for (int i = 0; i < call.inputs(); i++) {
            int input = i;
            if (!saves.inputs().contains(i)) {
                assertThatThrownBy(() -> call.input(input))
                        .isInstanceOf(IllegalStateException.class)
                        .hasMessageContaining(opCase.op().name() + " backward: input " + i + " was not declared");
            }
        }
        if (!saves.output()) {
            assertThatThrownBy(call::output)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining(opCase.op().name() + " backward: the output was not declared");
        }
    }

    @TestFactory
    final Stream<DynamicTest> savesNothingThatItDoesNotRead() {
        return law(opCase -> {
            for (Set<Integer> needs : subsets(opCase.differentiable())) {
                Saves saves;
                try (OpTrial trial = new OpTrial(engine(), opCase.op(), opCase, DType.DOUBLE, needs, true)) {
                    saves = needs.isEmpty() ? Saves.none() : trial.saves();
                }
                for (int input : saves.inputs()) {
                    assertNeeded("input " + input, opCase, needs, s -> {
                        List<Integer> fewer = new ArrayList<>(s.inputs());
                        fewer.remove((Integer) input);
                        return new Saves(fewer, s.output(), s.extras());
                    });
                }
                if (saves.output()) {
                    assertNeeded("the output", opCase, needs, s -> new Saves(s.inputs(), false, s.extras()));
                }
            }
        });
    }

    private void assertNeeded(String what, OpCase opCase, Set<Integer> needs, UnaryOperator<Saves> without) {
        Op hiding = ChangedOp.saving(opCase.op(), without);
        try (OpTrial trial = new OpTrial(engine(), hiding, opCase, DType.DOUBLE, needs, true)) {
            Variable y = trial.forward();
            assertThat(catchThrowable(() -> trial.backward(y)))
                    .as("a backward without %s, which is saved where %s need gradients", what, needs)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining(what);
        }
    }

    @TestFactory
    final Stream<DynamicTest> holdsTheBytesItDeclaresAndFreesThem() {
        return law((opCase, dtype) -> {
            MemoryLedger ledger = engine().ledger();
            long base = ledger.liveBytes();
            try (OpTrial trial = trial(opCase, dtype)) {
                trial.forward();
                assertThat(ledger.liveBytes(MemoryKind.ACTIVATION))
                        .as("ACTIVATION after forward")
                        .isEqualTo(trial.saves().bytes(trial.operands(), trial.outputSpec));
                assertThat(ledger.liveBytes(MemoryKind.SCRATCH)).as("SCRATCH").isZero();
            }
            assertThat(ledger.liveBytes()).as("after closing without backward").isEqualTo(base);
            try (OpTrial trial = trial(opCase, dtype)) {
                Variable y = trial.forward();
                trial.backward(y);
                assertThat(ledger.liveBytes(MemoryKind.ACTIVATION))
                        .as("ACTIVATION after backward")
                        .isZero();
                assertThat(ledger.liveBytes(MemoryKind.SCRATCH)).as("SCRATCH").isZero();
            }
            assertThat(ledger.liveBytes()).as("after backward and closing").isEqualTo(base);
        });
    }

    @TestFactory
    final Stream<DynamicTest> repeatsBitForBit() {
        return law((opCase, dtype) -> {
            try (OpTrial first = trial(opCase, dtype);
                    OpTrial second = trial(opCase, dtype)) {
                Variable y1 = first.forward();
                Variable y2 = second.forward();
                Numbers.assertSame("output", y2.value().toDoubles(), y1.value().toDoubles());
                Numbers.assertSame(second.backward(y2), first.backward(y1));
            }
        });
    }

    @TestFactory
    final Stream<DynamicTest> computesTheSameWithoutRecordingAndKeepsNothing() {
        return law((opCase, dtype) -> {
            try (OpTrial recorded = trial(opCase, dtype)) {
                double[] expected = recorded.forward().value().toDoubles();
                long activations = engine().ledger().liveBytes(MemoryKind.ACTIVATION);
                try (OpTrial silent =
                        new OpTrial(engine(), opCase.op(), opCase, dtype, Set.copyOf(opCase.differentiable()), false)) {
                    Variable y = silent.forward();
                    Numbers.assertSame("output", y.value().toDoubles(), expected);
                    assertThat(y.requiresGradient()).isFalse();
                    assertThat(engine().ledger().liveBytes(MemoryKind.ACTIVATION))
                            .isEqualTo(activations);
                    assertThat(engine().ledger().liveBytes(MemoryKind.SCRATCH))
                            .as("SCRATCH without recording")
                            .isZero();
                }
            }
        });
    }

    @TestFactory
    final Stream<DynamicTest> addsToGradientsThatAreThere() {
        return law((opCase, dtype) -> {
            double tolerance = tolerance(dtype, 1e-12);
            List<double @Nullable []> once = gradients(opCase, dtype);
            try (OpTrial trial = trial(opCase, dtype)) {
                Variable first = trial.forward();
                Variable second = trial.forward();
                Numbers.assertClose(trial.backward(first, second), Numbers.sum(once, once), tolerance);
            }
            assertOneVariableInTwoPlaces(opCase, dtype, tolerance);
        });
    }

    /** For two inputs of one shape: op(x, x) has the sum of both gradients. */
    private void assertOneVariableInTwoPlaces(OpCase opCase, DType dtype, double tolerance) {
        List<Integer> inputs = opCase.differentiable();
        if (inputs.size() < 2
                || !opCase.inputs()
                        .get(inputs.get(0))
                        .shape()
                        .equals(opCase.inputs().get(inputs.get(1)).shape())) {
            return;
        }
        int a = inputs.get(0);
        int b = inputs.get(1);
        try (OpTrial apart = trial(opCase, dtype);
                OpTrial together = trial(opCase, dtype)) {
            apart.inputs.get(a).copyFrom(apart.inputs.get(b));
            List<double @Nullable []> expected = apart.backward(apart.forward());
            together.variables.set(a, together.variables.get(b));
            List<double @Nullable []> actual = together.backward(together.forward());
            Numbers.assertClose(
                    List.of(Numbers.require(actual.get(b))),
                    Numbers.sum(Collections.singletonList(expected.get(a)), Collections.singletonList(expected.get(b))),
                    tolerance);
        }
    }

    @TestFactory
    final Stream<DynamicTest> givesTheSameWhicheverInputsNeedIt() {
        return law((opCase, dtype) -> {
            List<double @Nullable []> all = gradients(opCase, dtype);
            for (Set<Integer> needs : subsets(opCase.differentiable())) {
                try (OpTrial trial = new OpTrial(engine(), opCase.op(), opCase, dtype, needs, true)) {
                    Variable y = trial.forward();
                    assertThat(y.requiresGradient()).isEqualTo(!needs.isEmpty());
                    if (needs.isEmpty()) {
                        assertThat(engine().ledger().liveBytes(MemoryKind.ACTIVATION))
                                .isZero();
                        continue;
                    }
                    List<double @Nullable []> some = trial.backward(y);
                    for (int i = 0; i < some.size(); i++) {
                        Numbers.assertSame(
                                "gradient of input " + i + " where " + needs + " need one",
                                some.get(i),
                                needs.contains(i) ? all.get(i) : null);
                    }
                }
            }
        });
    }

    private static List<Set<Integer>> subsets(Collection<Integer> of) {
        List<Set<Integer>> all = new ArrayList<>(List.of(Set.of()));
        for (int element : of) {
            for (Set<Integer> without : List.copyOf(all)) {
                Set<Integer> with = new HashSet<>(without);
                with.add(element);
                all.add(with);
            }
        }
        return all;
    }

    @TestFactory
    final Stream<DynamicTest> doesNothingWhereNoGradientArrives() {
        return law((opCase, dtype) -> {
            List<double @Nullable []> once = gradients(opCase, dtype);
            try (OpTrial trial = trial(opCase, dtype)) {
                trial.forward();
                Variable used = trial.forward();
                trial.forward();
                Numbers.assertSame(trial.backward(used), once);
                assertThat(engine().ledger().liveBytes(MemoryKind.ACTIVATION)).isZero();
            }
        });
    }

    @TestFactory
    final Stream<DynamicTest> givesTheSameWhereTheOutputGradientMayBeOverwritten() {
        return law((opCase, dtype) -> {
            List<double @Nullable []> shared = gradients(opCase, dtype);
            try (OpTrial trial = trial(opCase, dtype)) {
                Variable y = trial.tape.apply(new FreshGradient(), trial.forward());
                Numbers.assertSame(trial.backward(y), shared);
            }
        });
    }
}
