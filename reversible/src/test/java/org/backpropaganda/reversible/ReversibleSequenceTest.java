package org.backpropaganda.reversible;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicInteger;
import org.backpropaganda.autograd.graph.Gradients;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.nn.Activation;
import org.backpropaganda.autograd.nn.BatchNorm;
import org.backpropaganda.autograd.nn.Dropout;
import org.backpropaganda.autograd.nn.LeakyRelu;
import org.backpropaganda.autograd.nn.Linear;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.nn.ParameterFactory;
import org.backpropaganda.autograd.nn.Sequential;
import org.backpropaganda.autograd.op.Multiply;
import org.backpropaganda.autograd.op.Sum;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.autograd.tensor.MemoryKind;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.backpropaganda.reversible.abn.InPlaceAbn;
import org.junit.jupiter.api.Test;

class ReversibleSequenceTest {
    private static final int WIDTH = 6;
    private static final int BATCH = 5;

    private static Module branch(ParameterFactory factory, AtomicInteger evaluations) {
        return new Sequential(
                new Linear(factory, WIDTH, WIDTH, false),
                new BatchNorm(factory, WIDTH),
                new LeakyRelu(0.1),
                new Dropout(0.2),
                new Linear(factory, WIDTH, WIDTH, true),
                new Activation(x -> {
                    evaluations.incrementAndGet();
                    return x;
                }));
    }

    private static List<Coupling> couplings(ParameterFactory factory, int depth, AtomicInteger evaluations) {
        List<Coupling> couplings = new ArrayList<>();
        for (int i = 0; i < depth; i++) {
            couplings.add(new AdditiveCoupling(branch(factory, evaluations), branch(factory, evaluations)));
        }
        return couplings;
    }

    /** Everything that a step leaves behind. */
    private record Step(
            Map<String, double[]> gradients, Map<String, double[]> buffers, long savedBytes, int evaluations) {}

    private static Step step(boolean reversible, int depth, DType dtype) {
        AtomicInteger evaluations = new AtomicInteger();
        try (Engine engine = Engine.builder().threads(2).build();
                TensorScope root = engine.scope("")) {
            ParameterFactory factory = new ParameterFactory(root, dtype, 7);
            List<Coupling> couplings = couplings(factory, depth, evaluations);
            Module model = reversible ? new ReversibleSequence(couplings) : new Sequential(couplings);
            Map<String, double[]> gradients = new LinkedHashMap<>();
            long saved;
            try (TensorScope scope = root.child();
                    Tape tape = Tape.training(scope, 3)) {
                Variable x1 = tape.leaf(random(scope, dtype, 1));
                Variable x2 = tape.leaf(random(scope, dtype, 2));
                Variable weights = tape.constant(random(scope, dtype, 3));
                List<Variable> y = model.call(List.of(x1, x2));
                Variable loss = Sum.sum(Multiply.multiply(Multiply.multiply(y.get(0), y.get(1)), weights));
                saved = engine.ledger().liveBytes(MemoryKind.ACTIVATION);
                try (Gradients result = tape.backward(loss)) {
                    assertThat(engine.ledger().liveBytes(MemoryKind.ACTIVATION)).isZero();
                    model.parameters().forEach((name, parameter) -> {
                        Tensor gradient = result.of(parameter);
                        assertThat(gradient).as(name).isNotNull();
                        gradients.put(name, gradient.toDoubles());
                    });
                }
                gradients.put("x1", tape.gradient(x1).toDoubles());
                gradients.put("x2", tape.gradient(x2).toDoubles());
            }
            Map<String, double[]> buffers = new LinkedHashMap<>();
            model.buffers().forEach((name, buffer) -> buffers.put(name, buffer.toDoubles()));
            assertThat(engine.ledger().liveBytes()).isEqualTo(engine.ledger().liveBytes(MemoryKind.PARAMETER));
            return new Step(gradients, buffers, saved, evaluations.get());
        }
    }

    private static Tensor random(TensorScope scope, DType dtype, long seed) {
        Tensor tensor = scope.allocate(Shape.of(BATCH, WIDTH), dtype, MemoryKind.INPUT);
        return tensor.set(
                new SplittableRandom(seed).doubles(tensor.elements(), -1, 1).toArray());
    }

    private static double worst(Map<String, double[]> actual, Map<String, double[]> expected) {
        assertThat(actual.keySet()).isEqualTo(expected.keySet());
        double worst = 0;
        for (Map.Entry<String, double[]> entry : expected.entrySet()) {
            double difference = 0;
            double norm = 0;
            double[] other = actual.get(entry.getKey());
            for (int i = 0; i < other.length; i++) {
                difference += Math.pow(other[i] - entry.getValue()[i], 2);
                norm += Math.pow(entry.getValue()[i], 2);
            }
            worst = Math.max(worst, Math.sqrt(difference / Math.max(norm, 1e-300)));
        }
        return worst;
    }

    @Test
    void gradientsAreThoseOfTheStoringModel() {
        for (int depth : new int[] {0, 1, 2, 9}) {
            Step plain = step(false, depth, DType.DOUBLE);
            Step reversible = step(true, depth, DType.DOUBLE);
            assertThat(worst(reversible.gradients(), plain.gradients()))
                    .as("depth %d", depth)
                    .isLessThan(1e-11);
        }
        assertThat(worst(
                        step(true, 4, DType.FLOAT).gradients(),
                        step(false, 4, DType.FLOAT).gradients()))
                .isLessThan(1e-4);
    }

    @Test
    void runningStatisticsMoveOnce() {
        Step plain = step(false, 3, DType.DOUBLE);
        Step reversible = step(true, 3, DType.DOUBLE);
        plain.buffers()
                .forEach((name, values) ->
                        assertThat(reversible.buffers().get(name)).as(name).containsExactly(values));
    }

    @Test
    void savedBytesDoNotGrowWithDepth() {
        assertThat(step(true, 12, DType.FLOAT).savedBytes())
                .isEqualTo(step(true, 2, DType.FLOAT).savedBytes());
        assertThat(step(false, 12, DType.FLOAT).savedBytes())
                .isGreaterThan(step(false, 2, DType.FLOAT).savedBytes());
    }

    @Test
    void eachFunctionIsEvaluatedOnceInBackward() {
        assertThat(step(false, 5, DType.DOUBLE).evaluations()).isEqualTo(10);
        assertThat(step(true, 5, DType.DOUBLE).evaluations()).isEqualTo(20);
    }

    @Test
    void inverseGivesTheInputsBack() {
        try (Engine engine = Engine.create();
                TensorScope root = engine.scope("")) {
            ParameterFactory factory = new ParameterFactory(root, DType.DOUBLE, 7);
            ReversibleSequence model = new ReversibleSequence(couplings(factory, 6, new AtomicInteger()));
            try (Tape tape = Tape.inference(root)) {
                Tensor x1 = random(root, DType.DOUBLE, 1);
                Tensor x2 = random(root, DType.DOUBLE, 2);
                List<Variable> y = model.call(List.of(tape.constant(x1), tape.constant(x2)));
                List<Variable> x = model.inverse(y);
                assertThat(x.get(0).value().toDoubles()).containsExactly(x1.toDoubles(), within());
                assertThat(x.get(1).value().toDoubles()).containsExactly(x2.toDoubles(), within());
            }
        }
    }

    @Test
    void inverseOfFunctionsThatBeginInPlace() {
        try (Engine engine = Engine.create();
                TensorScope root = engine.scope("")) {
            ParameterFactory factory = new ParameterFactory(root, DType.DOUBLE, 7);
            AdditiveCoupling model = new AdditiveCoupling(inPlace(factory), inPlace(factory));
            try (Tape tape = Tape.inference(root)) {
                Tensor x1 = random(root, DType.DOUBLE, 1);
                Tensor x2 = random(root, DType.DOUBLE, 2);
                List<Variable> x = model.inverse(model.call(List.of(tape.constant(x1), tape.constant(x2))));
                assertThat(x.get(0).value().toDoubles()).containsExactly(x1.toDoubles(), within());
                assertThat(x.get(1).value().toDoubles()).containsExactly(x2.toDoubles(), within());
            }
        }
    }

    private static Module inPlace(ParameterFactory factory) {
        return new Sequential(Activation.reluInPlace(), new Linear(factory, WIDTH, WIDTH, true));
    }

    private static org.assertj.core.data.Offset<Double> within() {
        return org.assertj.core.data.Offset.offset(1e-12);
    }

    @Test
    void oneModuleForBothFunctionsIsRefused() {
        try (Engine engine = Engine.create();
                TensorScope root = engine.scope("")) {
            Module shared = new Linear(new ParameterFactory(root, DType.FLOAT, 1), 2, 2, true);
            assertThatThrownBy(() -> new AdditiveCoupling(shared, shared)).hasMessageContaining("one module");
        }
    }

    @Test
    void functionsMayWorkInPlaceOnTheirInput() {
        try (Engine engine = Engine.create();
                TensorScope root = engine.scope("")) {
            ParameterFactory factory = new ParameterFactory(root, DType.DOUBLE, 7);
            List<Coupling> couplings = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                couplings.add(new AdditiveCoupling(preActivated(factory), preActivated(factory)));
            }
            double[] plain = inputGradient(root, new Sequential(couplings));
            double[] reversible = inputGradient(root, new ReversibleSequence(couplings));
            assertThat(reversible).containsExactly(plain, within());
        }
    }

    private static Module preActivated(ParameterFactory factory) {
        return new Sequential(new InPlaceAbn(factory, WIDTH, 0.1), new Linear(factory, WIDTH, WIDTH, true));
    }

    private static double[] inputGradient(TensorScope root, Module model) {
        try (TensorScope scope = root.child();
                Tape tape = Tape.training(scope, 3)) {
            Variable x1 = tape.leaf(random(scope, DType.DOUBLE, 1));
            List<Variable> y = model.call(List.of(x1, tape.leaf(random(scope, DType.DOUBLE, 2))));
            Variable loss = Sum.sum(Multiply.multiply(y.get(0), y.get(1)));
            tape.backward(loss).close();
            return tape.gradient(x1).toDoubles();
        }
    }

    @Test
    void aThirdStreamIsRefused() {
        try (Engine engine = Engine.create();
                TensorScope root = engine.scope("");
                Tape tape = Tape.training(root, 1)) {
            ParameterFactory factory = new ParameterFactory(root, DType.FLOAT, 7);
            ReversibleSequence model = new ReversibleSequence(couplings(factory, 1, new AtomicInteger()));
            Variable x = tape.leaf(random(root, DType.FLOAT, 1));
            assertThatThrownBy(() -> model.call(List.of(x, x, x))).hasMessageContaining("takes 2 streams, got 3");
        }
    }

    @Test
    void closingTheTapeFreesTheStreams() {
        try (Engine engine = Engine.create();
                TensorScope root = engine.scope("")) {
            ParameterFactory factory = new ParameterFactory(root, DType.FLOAT, 7);
            ReversibleSequence model = new ReversibleSequence(couplings(factory, 2, new AtomicInteger()));
            long base = engine.ledger().liveBytes();
            try (TensorScope scope = root.child();
                    Tape tape = Tape.training(scope, 3)) {
                model.call(List.of(tape.leaf(random(scope, DType.FLOAT, 1)), tape.leaf(random(scope, DType.FLOAT, 2))));
                assertThat(engine.ledger().liveBytes(MemoryKind.ACTIVATION)).isPositive();
            }
            assertThat(engine.ledger().liveBytes()).isEqualTo(base);
        }
    }
}
