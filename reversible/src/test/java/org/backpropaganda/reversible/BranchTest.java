package org.backpropaganda.reversible;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.Function;
import java.util.stream.Stream;
import org.assertj.core.data.Offset;
import org.backpropaganda.autograd.graph.Gradients;
import org.backpropaganda.autograd.graph.Parameter;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.nn.Activation;
import org.backpropaganda.autograd.nn.Initializer;
import org.backpropaganda.autograd.nn.Linear;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.nn.ParameterFactory;
import org.backpropaganda.autograd.nn.Sequential;
import org.backpropaganda.autograd.nn.UnaryModule;
import org.backpropaganda.autograd.op.Mean;
import org.backpropaganda.autograd.op.Multiply;
import org.backpropaganda.autograd.op.Sum;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.autograd.tensor.MemoryKind;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.ShapeException;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What the branches of couplings may return. */
class BranchTest {
    private static final int WIDTH = 6;
    private static final int BATCH = 5;
    private static final double EXACT = 1e-12;

    private static Module learning(ParameterFactory factory) {
        return new Sequential(new Linear(factory, WIDTH, WIDTH, true), Activation.tanh());
    }

    /** A layer that was dropped, or one behind which nobody learns. */
    private static Module detached() {
        return new Activation(x -> x.tape().constant(x.value()));
    }

    private static Module identity() {
        return new Activation(x -> x);
    }

    /** A result that is a parameter itself. */
    private static final class Bias extends UnaryModule {
        private final Parameter bias;

        Bias(ParameterFactory factory, long... shape) {
            bias = register("bias", factory.create(Shape.of(shape), Initializer.uniform(1)));
        }

        @Override
        protected Variable forward(Variable x) {
            return x.tape().parameter(bias);
        }
    }

    private static Tensor random(TensorScope scope, long seed) {
        Tensor tensor = scope.allocate(Shape.of(BATCH, WIDTH), DType.DOUBLE, MemoryKind.INPUT);
        return tensor.set(
                new SplittableRandom(seed).doubles(tensor.elements(), -1, 1).toArray());
    }

    static Stream<Arguments> branches() {
        Map<String, Function<ParameterFactory, Module>> kinds = new LinkedHashMap<>();
        kinds.put("learning", BranchTest::learning);
        kinds.put("detached", factory -> detached());
        kinds.put("identity", factory -> identity());
        kinds.put("parameter", factory -> new Bias(factory, BATCH, WIDTH));
        return kinds.entrySet().stream()
                .flatMap(f -> kinds.entrySet().stream()
                        .map(g ->
                                Arguments.of(Named.of(f.getKey(), f.getValue()), Named.of(g.getKey(), g.getValue()))));
    }

    private static Map<String, double[]> step(
            boolean reversible,
            Function<ParameterFactory, Module> f,
            Function<ParameterFactory, Module> g,
            boolean inputsNeedGradients) {
        try (Engine engine = Engine.builder().threads(1).build();
                TensorScope root = engine.scope("")) {
            ParameterFactory factory = new ParameterFactory(root, DType.DOUBLE, 7);
            List<Coupling> couplings = new ArrayList<>();
            couplings.add(new AdditiveCoupling(learning(factory), learning(factory)));
            couplings.add(new AdditiveCoupling(f.apply(factory), g.apply(factory)));
            couplings.add(new AdditiveCoupling(learning(factory), learning(factory)));
            Module model = reversible ? new ReversibleSequence(couplings) : new Sequential(couplings);
            Map<String, double[]> values = new LinkedHashMap<>();
            long base = engine.ledger().liveBytes();
            try (TensorScope scope = root.child();
                    Tape tape = Tape.training(scope, 3)) {
                List<Variable> x = Stream.of(random(scope, 1), random(scope, 2))
                        .map(inputsNeedGradients ? tape::leaf : tape::constant)
                        .toList();
                List<Variable> y = model.call(x);
                Variable loss = Sum.sum(Multiply.multiply(y.get(0), y.get(1)));
                values.put("loss", loss.value().toDoubles());
                try (Gradients gradients = tape.backward(loss)) {
                    model.parameters()
                            .forEach((name, parameter) ->
                                    values.put(name, gradients.of(parameter).toDoubles()));
                }
                if (inputsNeedGradients) {
                    values.put("x1", tape.gradient(x.get(0)).toDoubles());
                    values.put("x2", tape.gradient(x.get(1)).toDoubles());
                }
                assertThat(engine.ledger().liveBytes(MemoryKind.ACTIVATION)).isZero();
            }
            assertThat(engine.ledger().liveBytes()).isEqualTo(base);
            return values;
        }
    }

    @ParameterizedTest
    @MethodSource("branches")
    void gradientsAreThoseOfTheStoringModel(
            Function<ParameterFactory, Module> f, Function<ParameterFactory, Module> g) {
        for (boolean inputsNeedGradients : new boolean[] {true, false}) {
            Map<String, double[]> expected = step(false, f, g, inputsNeedGradients);
            Map<String, double[]> actual = step(true, f, g, inputsNeedGradients);
            assertThat(actual.keySet()).isEqualTo(expected.keySet());
            expected.forEach((name, values) ->
                    assertThat(actual.get(name)).as(name).containsExactly(values, Offset.offset(EXACT)));
        }
    }

    static Stream<Arguments> misfits() {
        Map<String, Function<ParameterFactory, Module>> kinds = new LinkedHashMap<>();
        kinds.put("[5, 1]", factory -> new Activation(x -> Mean.meanKeepingAxes(x, 1)));
        kinds.put("[1, 6]", factory -> new Activation(x -> Mean.meanKeepingAxes(x, 0)));
        kinds.put("[6]", factory -> new Bias(factory, WIDTH));
        kinds.put("[]", factory -> new Activation(x -> Mean.mean(x)));
        kinds.put("[2, 5, 6]", factory -> new Bias(factory, 2, BATCH, WIDTH));
        return kinds.entrySet().stream()
                .flatMap(kind -> Stream.of("f", "g").map(name -> Arguments.of(kind.getKey(), name, kind.getValue())));
    }

    @ParameterizedTest
    @MethodSource("misfits")
    void anotherShapeThanTheStreamsIsRefusedInForward(
            String shape, String name, Function<ParameterFactory, Module> branch) {
        try (Engine engine = Engine.builder().threads(1).build();
                TensorScope root = engine.scope("")) {
            ParameterFactory factory = new ParameterFactory(root, DType.DOUBLE, 7);
            Module misfit = branch.apply(factory);
            AdditiveCoupling coupling = name.equals("f")
                    ? new AdditiveCoupling(misfit, learning(factory))
                    : new AdditiveCoupling(learning(factory), misfit);
            List<Coupling> couplings = List.of(new AdditiveCoupling(learning(factory), learning(factory)), coupling);
            String message =
                    "a branch of AdditiveCoupling gave DOUBLE" + shape + " for a stream of DOUBLE[5, 6]; let it"
                            + " return the stream's shape and element type, as by Expand.expand at its end";
            for (Module body : List.of(new Sequential(couplings), new ReversibleSequence(couplings))) {
                Module model = new Sequential(Map.of("blocks", new Streams(body)));
                for (Tape tape : List.of(Tape.training(root, 1), Tape.inference(root))) {
                    List<Variable> x = List.of(tape.leaf(random(root, 1)), tape.leaf(random(root, 2)));
                    assertThatThrownBy(() -> model.call(x))
                            .isInstanceOf(ShapeException.class)
                            .hasMessage("blocks.1." + name + ": " + message);
                    tape.close();
                }
            }
            try (Tape tape = Tape.inference(root)) {
                List<Variable> y = List.of(tape.constant(random(root, 1)), tape.constant(random(root, 2)));
                assertThatThrownBy(() -> coupling.inverse(y)).hasMessage(name + ": " + message);
            }
        }
    }

    /** A body of two streams under its own name. */
    private static final class Streams extends Module {
        private final Module body;

        Streams(Module body) {
            this.body = register("", body);
        }

        @Override
        protected List<Variable> forward(List<Variable> inputs) {
            return body.call(inputs);
        }
    }
}
