package org.backpropaganda.autograd.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.backpropaganda.autograd.check.GradientCheck;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.nn.ModelSummary;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.autograd.tensor.MemoryKind;
import org.backpropaganda.autograd.tensor.MemoryLedger;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.backpropaganda.autograd.tensor.TensorSpec;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.TestInstance;

/**
 * The laws of every module: layers, blocks, and whatever runs as a segment. A test class extends this and gives
 * {@link #cases()}; each law is a test, run for every case. Numbers follow from {@link TestSeed}.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
public abstract class ModuleContract {
    private static final List<DType> DTYPES = List.of(DType.FLOAT, DType.DOUBLE);

    private @Nullable Engine engine;

    /** Modules with inputs that fit them. */
    protected abstract Stream<ModuleCase> cases();

    /** How gradients are compared with finite differences. */
    protected GradientCheck gradientCheck() {
        return GradientCheck.seeded(TestSeed.get()).elementwiseUpTo(48, 6);
    }

    /** How far {@code FLOAT} may lie from {@code DOUBLE}, relative to the largest value, or to 1 where that is smaller. */
    protected double floatTolerance() {
        return 1e-4;
    }

    /** The engine of this class's tests. */
    protected final Engine engine() {
        if (engine == null) {
            engine = Engine.builder().threads(2).build();
        }
        return engine;
    }

    @AfterAll
    final void closeEngine() {
        if (engine != null) {
            engine.close();
            engine = null;
        }
    }

    private Stream<DynamicTest> law(Consumer<ModuleCase> law) {
        return cases().map(c -> dynamicTest(c.name(), () -> law.accept(c)));
    }

    private Stream<DynamicTest> law(BiConsumer<ModuleCase, DType> law) {
        return cases().flatMap(c ->
                DTYPES.stream().map(dtype -> dynamicTest(dtype + " " + c.name(), () -> law.accept(c, dtype))));
    }

    private ModuleTrial trial(ModuleCase moduleCase, DType dtype) {
        return new ModuleTrial(engine(), moduleCase, dtype);
    }

    @TestFactory
    final Stream<DynamicTest> gradientsAreThoseOfFiniteDifferences() {
        return law(this::checkGradients);
    }

    @TestFactory
    final Stream<DynamicTest> gradientsAddUpOverTwoCalls() {
        return law(c -> checkGradients(c.calledTwice()));
    }

    private void checkGradients(ModuleCase c) {
        try (ModuleTrial trial = trial(c, DType.DOUBLE)) {
            int[] constants = IntStream.range(0, c.inputs().size())
                    .filter(i -> !c.inputs().get(i).differentiable())
                    .toArray();
            c.judge(gradientCheck().constants(constants).check(trial.module, trial.inputs.toArray(Tensor[]::new)));
        }
    }

    @TestFactory
    final Stream<DynamicTest> floatIsCloseToDouble() {
        return law(c -> {
            try (ModuleTrial floats = trial(c, DType.FLOAT);
                    ModuleTrial doubles = trial(c, DType.DOUBLE)) {
                Map<String, double[]> weights = floats.parameterValues();
                doubles.module.parameters().forEach((path, p) -> p.value().set(Numbers.require(weights.get(path))));
                assertClose(floats.step(() -> {}), doubles.step(() -> {}), floatTolerance());
                assertClose("buffer", floats.buffers(), doubles.buffers(), floatTolerance());
            }
        });
    }

    @TestFactory
    final Stream<DynamicTest> repeatsBitForBit() {
        return law((c, dtype) -> {
            try (ModuleTrial first = trial(c, dtype);
                    ModuleTrial second = trial(c, dtype)) {
                assertClose(second.step(() -> {}), first.step(() -> {}), 0);
                assertClose("buffer", second.buffers(), first.buffers(), 0);
            }
        });
    }

    @TestFactory
    final Stream<DynamicTest> leavesInputsAndParametersAlone() {
        return law((c, dtype) -> {
            try (ModuleTrial trial = trial(c, dtype)) {
                List<double[]> inputs =
                        trial.inputs.stream().map(Tensor::toDoubles).toList();
                Map<String, double[]> parameters = trial.parameterValues();
                trial.step(() -> {});
                assertClose("parameter", trial.parameterValues(), parameters, 0);
                for (int i = 0; i < inputs.size(); i++) {
                    Numbers.assertSame("input " + i, trial.inputs.get(i).toDoubles(), inputs.get(i));
                }
            }
        });
    }

    @TestFactory
    final Stream<DynamicTest> leavesNothingBehind() {
        return law((c, dtype) -> {
            try (ModuleTrial trial = trial(c, dtype)) {
                MemoryLedger ledger = engine().ledger();
                long base = ledger.liveBytes();
                trial.step(() -> {});
                assertThat(ledger.liveBytes()).as("after a step").isEqualTo(base);
                try (TensorScope step = trial.scope.child();
                        Tape tape = ModuleTrial.training(step)) {
                    trial.forward(tape);
                }
                assertThat(ledger.liveBytes())
                        .as("after closing without backward")
                        .isEqualTo(base);
                trial.evaluate(1);
                assertThat(ledger.liveBytes()).as("after evaluation").isEqualTo(base);
            }
        });
    }

    @TestFactory
    final Stream<DynamicTest> holdsNoActivationsAfterBackward() {
        return law((c, dtype) -> {
            try (ModuleTrial trial = trial(c, dtype)) {
                try (TensorScope step = trial.scope.child();
                        Tape tape = ModuleTrial.training(step)) {
                    List<Variable> outputs = trial.module.call(trial.enter(tape));
                    List<Tensor> ones = outputs.stream()
                            .map(y -> step.allocate(y.shape(), y.dtype()).fill(1))
                            .toList();
                    tape.backward(outputs, ones).close();
                    assertThat(engine().ledger().liveBytes(MemoryKind.ACTIVATION))
                            .as("ACTIVATION after backward")
                            .isZero();
                    assertThat(engine().ledger().liveBytes(MemoryKind.SCRATCH))
                            .as("SCRATCH after backward")
                            .isZero();
                }
            }
        });
    }

    @TestFactory
    final Stream<DynamicTest> effectsHappenOnce() {
        return law((c, dtype) -> {
            try (ModuleTrial stepped = trial(c, dtype);
                    ModuleTrial forwarded = trial(c, dtype)) {
                try (TensorScope step = forwarded.scope.child();
                        Tape tape = Tape.builder(step)
                                .seed(TestSeed.get())
                                .notRecording()
                                .build()) {
                    forwarded.forward(tape);
                }
                Map<String, double[]> once = forwarded.buffers();
                stepped.step(() -> assertClose("buffer after forward", stepped.buffers(), once, 0));
                assertClose("buffer after backward", stepped.buffers(), once, 0);
            }
        });
    }

    @TestFactory
    final Stream<DynamicTest> computesTheSameWithoutRecording() {
        return law((c, dtype) -> {
            try (ModuleTrial recorded = trial(c, dtype);
                    ModuleTrial silent = trial(c, dtype)) {
                List<double[]> expected = recorded.step(() -> {}).outputs();
                try (TensorScope step = silent.scope.child();
                        Tape tape = Tape.builder(step)
                                .seed(TestSeed.get())
                                .notRecording()
                                .build()) {
                    assertSame("output", silent.forward(tape), expected);
                    assertThat(engine().ledger().liveBytes(MemoryKind.ACTIVATION))
                            .as("ACTIVATION without recording")
                            .isZero();
                }
            }
        });
    }

    @TestFactory
    final Stream<DynamicTest> evaluationIsAFunctionAndChangesNothing() {
        return law((c, dtype) -> {
            try (ModuleTrial trial = trial(c, dtype)) {
                Map<String, double[]> buffers = trial.buffers();
                engine().resetPeaks();
                List<double[]> first = trial.evaluate(1);
                assertSame("output", trial.evaluate(2), first);
                assertClose("buffer", trial.buffers(), buffers, 0);
                assertThat(engine().ledger().peakBytes(MemoryKind.ACTIVATION))
                        .as("ACTIVATION in evaluation")
                        .isZero();
            }
        });
    }

    @TestFactory
    final Stream<DynamicTest> parametersHaveNamesOfTheirOwn() {
        return law(c -> {
            try (ModuleTrial trial = trial(c, DType.FLOAT)) {
                List<String> names = new ArrayList<>();
                trial.module.parameters().forEach((path, parameter) -> {
                    assertThat(path).isNotEmpty();
                    assertThat(parameter.path()).isEqualTo(path);
                    names.add(path);
                });
                names.addAll(trial.module.buffers().keySet());
                assertThat(names).doesNotHaveDuplicates();
                assertThat(trial.module.parameterList()).doesNotHaveDuplicates();
            }
        });
    }

    @TestFactory
    final Stream<DynamicTest> summaryTellsWhatTheLedgerMeasures() {
        return law((c, dtype) -> {
            try (ModuleTrial trial = trial(c, dtype)) {
                AtomicLong changes = new AtomicLong();
                long reserved = engine().reservedBytes();
                engine().ledger().listen((event, kind, path, delta, ledger) -> changes.incrementAndGet());
                ModelSummary summary = trial.module.summary(
                        trial.inputs.stream().map(Tensor::spec).toArray(TensorSpec[]::new));
                engine().ledger().listen(null);
                assertThat(changes).as("changes in the ledger").hasValue(0);
                assertThat(engine().reservedBytes()).as("reserved bytes").isEqualTo(reserved);
                assertThat(StepFigures.predicted(summary)).isEqualTo(StepFigures.measured(trial.module, trial.inputs));
            }
        });
    }

    private static void assertSame(String what, List<double[]> actual, List<double[]> expected) {
        assertThat(actual).as(what).hasSameSizeAs(expected);
        for (int i = 0; i < actual.size(); i++) {
            Numbers.assertSame(what + " " + i, actual.get(i), expected.get(i));
        }
    }

    private static void assertClose(ModuleTrial.Step actual, ModuleTrial.Step expected, double tolerance) {
        assertThat(actual.outputs()).hasSameSizeAs(expected.outputs());
        for (int i = 0; i < actual.outputs().size(); i++) {
            Numbers.assertClose(
                    "output " + i, actual.outputs().get(i), expected.outputs().get(i), tolerance);
        }
        Numbers.assertClose(actual.inputGradients(), expected.inputGradients(), tolerance);
        assertClose("gradient of", actual.parameterGradients(), expected.parameterGradients(), tolerance);
    }

    private static void assertClose(
            String what,
            Map<String, ? extends double @Nullable []> actual,
            Map<String, ? extends double @Nullable []> expected,
            double tolerance) {
        assertThat(actual.keySet()).isEqualTo(expected.keySet());
        expected.forEach((name, values) -> Numbers.assertClose(what + " " + name, actual.get(name), values, tolerance));
    }
}
