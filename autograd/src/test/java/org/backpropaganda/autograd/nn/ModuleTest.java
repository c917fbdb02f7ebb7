package org.backpropaganda.autograd.nn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.backpropaganda.autograd.graph.Parameter;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.kernel.Window;
import org.backpropaganda.autograd.op.Tanh;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.autograd.tensor.MemoryKind;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ModuleTest {
    private final Engine engine = Engine.builder().threads(2).build();
    private final TensorScope root = engine.scope("");
    private final ParameterFactory factory = new ParameterFactory(root, DType.DOUBLE, 1);

    @AfterEach
    void close() {
        engine.close();
    }

    private Tensor input(DType dtype, long... dims) {
        Tensor x = root.allocate(Shape.of(dims), dtype, MemoryKind.INPUT);
        double[] values = new double[(int) x.elements()];
        for (int i = 0; i < values.length; i++) {
            values[i] = Math.sin(i + 1);
        }
        return x.set(values);
    }

    /** A module made of what a test needs. */
    private static final class Custom extends Module {
        Custom with(String name, Parameter parameter) {
            register(name, parameter);
            return this;
        }

        Custom with(String name, Module child) {
            register(name, child);
            return this;
        }

        Custom with(String name, Tensor buffer) {
            registerBuffer(name, buffer);
            return this;
        }

        @Override
        protected List<Variable> forward(List<Variable> inputs) {
            return inputs;
        }
    }

    private Parameter parameter() {
        return factory.create(Shape.of(1), Initializer.zeros());
    }

    @Test
    void pathsNest() {
        Map<String, Module> links = new LinkedHashMap<>();
        links.put("conv", new Conv2d(factory, 3, 4, Window.square(3, 1, 1), true));
        links.put(
                "block",
                new Residual(
                        new Sequential(new Linear(factory, 4, 4, false), new BatchNorm(factory, 4)),
                        new Linear(factory, 4, 4, true)));
        Sequential model = new Sequential(links);
        assertThat(model.parameters().keySet())
                .containsExactly(
                        "conv.weight",
                        "conv.bias",
                        "block.body.0.weight",
                        "block.body.1.weight",
                        "block.body.1.bias",
                        "block.shortcut.weight",
                        "block.shortcut.bias");
        model.parameters()
                .forEach((path, parameter) -> assertThat(parameter.path()).isEqualTo(path));
        assertThat(model.buffers().keySet()).containsExactly("block.body.1.running_mean", "block.body.1.running_var");
        assertThat(model.parameterList())
                .containsExactlyElementsOf(model.parameters().values());
        assertThat(model.parameterCount()).isEqualTo(4 * 27 + 4 + 16 + 4 + 4 + 16 + 4);
        assertThat(model.children()).containsOnlyKeys("conv", "block");
    }

    @Test
    void aChildWithoutANameAddsNothing() {
        Custom wrapper = new Custom().with("", new Sequential(new Linear(factory, 2, 2, true)));
        Custom model = new Custom().with("stage", wrapper);
        assertThat(model.parameters().keySet()).containsExactly("stage.0.weight", "stage.0.bias");
        assertThat(model.parameterList().get(0).path()).isEqualTo("stage.0.weight");
    }

    @Test
    void namesAreTakenOnce() {
        Custom module = new Custom()
                .with("w", parameter())
                .with("child", new Custom())
                .with("state", root.allocate(Shape.of(1), DType.DOUBLE));
        assertRefused(() -> module.with("w", parameter()), "name \"w\" is taken");
        assertRefused(() -> module.with("child", new Custom()), "name \"child\" is taken");
        assertRefused(() -> module.with("state", root.allocate(Shape.of(1), DType.DOUBLE)), "name \"state\" is taken");
        assertRefused(() -> module.with("a.b", parameter()), "name \"a.b\" contains a dot");
        assertRefused(() -> module.with("a.b", new Custom()), "name \"a.b\" contains a dot");
    }

    /** Or one parameter would hide another, and never be trained. */
    @Test
    void pathsAreTakenOnce() {
        Custom child = new Custom().with("w", parameter());
        assertRefused(() -> new Custom().with("w", parameter()).with("", child), "name \"w\" is taken");
        assertRefused(() -> new Custom().with("", child).with("w", parameter()), "name \"w\" is taken");
        Tensor buffer = root.allocate(Shape.of(1), DType.DOUBLE);
        Custom stateful = new Custom().with("state", buffer);
        assertRefused(() -> new Custom().with("", stateful).with("state", buffer), "name \"state\" is taken");
    }

    private static void assertRefused(Runnable call, String message) {
        assertThatIllegalArgumentException().isThrownBy(call::run).withMessage(message);
    }

    @ParameterizedTest
    @EnumSource(names = {"FLOAT", "DOUBLE"})
    void sequentialLetsALinksInputGo(DType dtype) {
        Tensor x = input(dtype, 1000);
        long bytes = x.bytes();
        Sequential chain = new Sequential(
                Activation.tanh(), Activation.tanh(), Activation.tanh(), Activation.tanh(), Activation.tanh());
        engine.resetPeaks();
        try (Tape tape = Tape.inference(root)) {
            Variable y = chain.call(tape.constant(x));
            assertThat(engine.ledger().peakBytes(MemoryKind.TEMPORARY)).isEqualTo(2 * bytes);
            assertThat(engine.ledger().liveBytes(MemoryKind.TEMPORARY)).isEqualTo(bytes);
            assertThat(engine.ledger().peakBytes(MemoryKind.ACTIVATION)).isZero();
            assertThat(y.shape()).isEqualTo(x.shape());
        }
        assertThat(engine.ledger().liveBytes(MemoryKind.TEMPORARY)).isZero();
    }

    @ParameterizedTest
    @EnumSource(names = {"FLOAT", "DOUBLE"})
    void sequentialKeepsForBackwardOnlyWhatIsSaved(DType dtype) {
        Tensor x = input(dtype, 1000);
        long bytes = x.bytes();
        Sequential chain = new Sequential(Activation.relu(), Activation.relu(), Activation.relu(), Activation.relu());
        engine.resetPeaks();
        try (Tape tape = Tape.training(root, 1)) {
            chain.call(tape.leaf(x));
            assertThat(engine.ledger().peakBytes(MemoryKind.TEMPORARY)).isLessThanOrEqualTo(2 * bytes + 125);
            assertThat(engine.ledger().liveBytes(MemoryKind.TEMPORARY)).isEqualTo(bytes);
            assertThat(engine.ledger().liveBytes(MemoryKind.ACTIVATION)).isEqualTo(4 * 125);
        }
        assertThat(engine.ledger().liveBytes(MemoryKind.ACTIVATION)).isZero();
    }

    /** The identity, as of a dropout in evaluation, neither copies nor lets go of what its caller has. */
    @Test
    void sequentialLetsGoOnlyOfWhatItMade() {
        Tensor x = input(DType.DOUBLE, 10);
        try (Tape tape = Tape.inference(root)) {
            Variable in = tape.constant(x);
            Variable out = new Sequential(new Dropout(0.5), new Sequential(), new Dropout(0.5)).call(in);
            assertThat(out).isSameAs(in);
            assertThat(new Sequential(new Dropout(0.5), Activation.tanh(), new Dropout(0.5))
                            .call(in)
                            .isAlive())
                    .isTrue();
            assertThat(in.isAlive()).isTrue();
        }
        assertThat(x.isClosed()).isFalse();
    }

    /** Passes its input on, noting whether anybody else holds it. */
    private static final class Probe extends UnaryModule {
        private boolean exclusive;

        @Override
        protected Variable forward(Variable x) {
            exclusive = x.value().isExclusive();
            return Tanh.tanh(x);
        }
    }

    @Test
    void residualHoldsItsInput() {
        Probe plain = new Probe();
        Probe inBody = new Probe();
        Probe afterwards = new Probe();
        Tensor x = input(DType.DOUBLE, 6);
        try (Tape tape = Tape.inference(root)) {
            Variable y =
                    new Sequential(Activation.tanh(), plain, new Residual(inBody), afterwards).call(tape.constant(x));
            double[] in = x.toDoubles();
            double[] out = y.value().toDoubles();
            for (int i = 0; i < in.length; i++) {
                double h = Math.tanh(Math.tanh(in[i]));
                assertThat(out[i]).isCloseTo(Math.tanh(h + Math.tanh(h)), within(1e-14));
            }
        }
        assertThat(plain.exclusive).isTrue();
        assertThat(inBody.exclusive).isFalse();
        assertThat(afterwards.exclusive).isTrue();
    }

    @Test
    void residualLetsItsBodysTemporariesGo() {
        Tensor x = input(DType.DOUBLE, 1000);
        engine.resetPeaks();
        try (Tape tape = Tape.inference(root)) {
            Module block = new Residual(new Sequential(Activation.tanh(), Activation.tanh(), Activation.tanh()));
            new Sequential(Activation.tanh(), block, block, block).call(tape.constant(x));
            // The block's input, held, and two values of its body; or input, body's result and sum.
            assertThat(engine.ledger().peakBytes(MemoryKind.TEMPORARY)).isEqualTo(3 * 8000);
            assertThat(engine.ledger().liveBytes(MemoryKind.TEMPORARY)).isEqualTo(8000);
        }
    }

    @Test
    void whatACallMadeAndDidNotReturnIsFreed() {
        UnaryModule wasteful = new UnaryModule() {
            @Override
            protected Variable forward(Variable x) {
                Tanh.tanh(x);
                Tanh.tanh(x);
                return Tanh.tanh(x);
            }
        };
        try (Tape tape = Tape.inference(root)) {
            wasteful.call(tape.constant(input(DType.DOUBLE, 10)));
            assertThat(engine.ledger().liveBytes(MemoryKind.TEMPORARY)).isEqualTo(80);
        }
    }

    @Test
    void aCallThatFailsLeavesNothing() {
        UnaryModule failing = new UnaryModule() {
            @Override
            protected Variable forward(Variable x) {
                Tanh.tanh(x);
                throw new IllegalArgumentException("in forward");
            }
        };
        Sequential model = new Sequential(Activation.tanh(), failing);
        Tensor x = input(DType.DOUBLE, 10);
        long base = engine.ledger().liveBytes();
        try (Tape tape = Tape.training(root, 1)) {
            assertThatThrownBy(() -> model.call(tape.constant(x))).hasMessage("in forward");
            assertThat(engine.ledger().liveBytes(MemoryKind.TEMPORARY)).isZero();
            assertThat(tape.path()).isEmpty();
            assertThat(new Sequential(Activation.tanh()).call(tape.constant(x)).isAlive())
                    .isTrue();
        }
        assertThat(engine.ledger().liveBytes()).isEqualTo(base);
    }

    @Test
    void countsOfInputsAndResultsAreChecked() {
        try (Tape tape = Tape.inference(root)) {
            Variable x = tape.constant(input(DType.DOUBLE, 2));
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> Activation.tanh().call(List.of(x, x)))
                    .withMessage("Activation: takes one input, got 2");
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> Activation.tanh().call(List.of()))
                    .withMessage("Activation: called without inputs");
            Module twice = new Module() {
                @Override
                protected List<Variable> forward(List<Variable> inputs) {
                    return List.of(inputs.get(0), inputs.get(0));
                }
            };
            assertThatIllegalStateException()
                    .isThrownBy(() -> twice.call(x))
                    .withMessageContaining("returns 2 results, not one");
        }
    }
}
