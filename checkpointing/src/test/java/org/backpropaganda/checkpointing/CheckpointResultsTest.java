package org.backpropaganda.checkpointing;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.Function;
import java.util.stream.Stream;
import org.backpropaganda.autograd.graph.Gradients;
import org.backpropaganda.autograd.graph.Op;
import org.backpropaganda.autograd.graph.Operands;
import org.backpropaganda.autograd.graph.Parameter;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.graph.TapeObserver;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.nn.Initializer;
import org.backpropaganda.autograd.nn.LeakyRelu;
import org.backpropaganda.autograd.nn.Linear;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.nn.ParameterFactory;
import org.backpropaganda.autograd.nn.Sequential;
import org.backpropaganda.autograd.op.Add;
import org.backpropaganda.autograd.op.Multiply;
import org.backpropaganda.autograd.op.Relu;
import org.backpropaganda.autograd.op.Sigmoid;
import org.backpropaganda.autograd.op.Sum;
import org.backpropaganda.autograd.op.Tanh;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.autograd.tensor.MemoryKind;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.backpropaganda.autograd.tensor.TensorSpec;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What a checkpointed module may return, against the same module unchecked. */
class CheckpointResultsTest {
    private static final Shape SHAPE = Shape.of(4, 3);

    /** What becomes of x, z and a parameter w. */
    private interface Body {
        List<Variable> of(Variable x, Variable z, Variable w);
    }

    /** A body by name. */
    private record Results(String name, Body body) {
        @Override
        public String toString() {
            return name;
        }
    }

    static Stream<Results> results() {
        return Stream.of(
                new Results("constant", (x, z, w) -> List.of(x.tape().constant(z.value()), Multiply.multiply(x, w))),
                new Results(
                        "constants alone",
                        (x, z, w) ->
                                List.of(x.tape().constant(z.value()), x.tape().constant(x.value()))),
                new Results("an input", (x, z, w) -> List.of(x, Multiply.multiply(Tanh.tanh(x), w))),
                new Results("the inputs", (x, z, w) -> List.of(z, x)),
                new Results("an input twice", (x, z, w) -> List.of(x, x)),
                new Results("the same twice", (x, z, w) -> {
                    Variable y = Multiply.multiply(Tanh.tanh(x), w);
                    return List.of(y, y);
                }),
                new Results("a parameter", (x, z, w) -> List.of(w, Multiply.multiply(x, w))),
                new Results("one that the other reads", (x, z, w) -> {
                    Variable y = Tanh.tanh(Multiply.multiply(x, w));
                    return List.of(y, Multiply.multiply(y, y));
                }));
    }

    private static final class Returning extends Module {
        private final Body body;
        private final Parameter weight;

        Returning(Body body, ParameterFactory factory) {
            this.body = body;
            weight = register("weight", factory.create(SHAPE, Initializer.uniform(1)));
        }

        @Override
        protected List<Variable> forward(List<Variable> inputs) {
            Tape tape = inputs.get(0).tape();
            return body.of(inputs.get(0), inputs.get(1), tape.parameter(weight));
        }
    }

    private static Map<String, double[]> step(Results results, Function<Module, Module> arrange) {
        try (Engine engine = Engine.builder().threads(1).build();
                TensorScope root = engine.scope("")) {
            Module model = arrange.apply(new Returning(results.body(), new ParameterFactory(root, DType.DOUBLE, 5)));
            Map<String, double[]> values = new LinkedHashMap<>();
            long base = engine.ledger().liveBytes();
            try (TensorScope scope = root.child();
                    Tape tape = Tape.training(scope, 3)) {
                Variable x = tape.leaf(random(scope, 1));
                Variable z = tape.leaf(random(scope, 2));
                List<Variable> y = model.call(List.of(x, z));
                values.put("first", y.get(0).value().toDoubles());
                values.put("second", y.get(1).value().toDoubles());
                Variable mixed = Multiply.multiply(z, Multiply.multiply(Relu.relu(y.get(0)), Tanh.tanh(y.get(1))));
                for (Variable reader : List.of(x, y.get(1), z, y.get(0), x, y.get(1), y.get(0), z)) {
                    mixed = Add.add(mixed, Multiply.multiply(Sigmoid.sigmoid(reader), mixed));
                }
                try (Gradients gradients = tape.backward(Sum.sum(mixed))) {
                    model.parameters().forEach((name, p) -> put(values, name, gradients.of(p)));
                }
                put(values, "x", tape.gradient(x));
                put(values, "z", tape.gradient(z));
                assertThat(engine.ledger().liveBytes(MemoryKind.ACTIVATION)).isZero();
            }
            assertThat(engine.ledger().liveBytes()).isEqualTo(base);
            return values;
        }
    }

    private static void put(Map<String, double[]> values, String name, Tensor gradient) {
        if (gradient != null) {
            values.put(name, gradient.toDoubles());
        }
    }

    private static Tensor random(TensorScope scope, long seed) {
        Tensor tensor = scope.allocate(SHAPE, DType.DOUBLE, MemoryKind.INPUT);
        return tensor.set(
                new SplittableRandom(seed).doubles(tensor.elements(), -1, 1).toArray());
    }

    @ParameterizedTest
    @MethodSource("results")
    void everyBitIsThatOfTheModuleItself(Results results) {
        Map<String, double[]> plain = step(results, module -> module);
        Stream.<Function<Module, Module>>of(
                        Checkpoint::checkpoint,
                        module -> Checkpoint.checkpoint(new Sequential(Map.of("", module))),
                        module -> Checkpoint.checkpoint(Checkpoint.checkpoint(module)))
                .forEach(arrange -> {
                    Map<String, double[]> actual = step(results, arrange);
                    assertThat(actual.keySet()).isEqualTo(plain.keySet());
                    plain.forEach((name, values) ->
                            assertThat(actual.get(name)).as(name).containsExactly(values));
                });
    }

    /** Nobody reads what a replay returns, so that nothing but the gradient of the output lies there when its backward begins. */
    @Test
    void whatAReplayReturnsIsFreeBeforeItIsDifferentiated() {
        try (Engine engine = Engine.builder().threads(1).build();
                TensorScope root = engine.scope("")) {
            ParameterFactory factory = new ParameterFactory(root, DType.DOUBLE, 5);
            Module body = new Sequential(new Linear(factory, 3, 3, true), LeakyRelu.inPlace(0.1));
            long[] live = new long[1];
            TapeObserver observer = new TapeObserver() {
                @Override
                public void differentiated(Op op, Operands inputs, TensorSpec output, String path) {
                    if (path.equals("1")) {
                        live[0] = engine.ledger().liveBytes(MemoryKind.TEMPORARY);
                    }
                }
            };
            try (TensorScope step = root.child();
                    Tape tape = Tape.builder(step).observer(observer).build()) {
                Tensor x = step.allocate(SHAPE, DType.DOUBLE, MemoryKind.INPUT);
                Variable y = Checkpoint.checkpoint(body).call(tape.constant(x.fill(1)));
                Variable loss = Sum.sum(y);
                y.release();
                tape.backward(loss).close();
            }
            long scalar = 8;
            assertThat(live[0])
                    .as("the gradient, the loss and its gradient")
                    .isEqualTo(8 * SHAPE.elements() + 2 * scalar);
        }
    }
}
