package org.backpropaganda.reversible.abn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SplittableRandom;
import org.backpropaganda.autograd.graph.Gradients;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.nn.BatchNorm;
import org.backpropaganda.autograd.nn.LeakyRelu;
import org.backpropaganda.autograd.nn.Linear;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.nn.ParameterFactory;
import org.backpropaganda.autograd.nn.Sequential;
import org.backpropaganda.autograd.op.Add;
import org.backpropaganda.autograd.op.Multiply;
import org.backpropaganda.autograd.op.Sum;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.autograd.tensor.MemoryKind;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.junit.jupiter.api.Test;

class InPlaceAbnTest {
    private static final int BATCH = 7;
    private static final int WIDTH = 5;
    private static final double SLOPE = 0.01;

    private record Step(Map<String, double[]> values, long savedBytes) {}

    private static Module model(ParameterFactory factory, boolean abn, int depth) {
        Map<String, Module> links = new LinkedHashMap<>();
        for (int i = 0; i < depth; i++) {
            links.put("linear" + i, new Linear(factory, WIDTH, WIDTH, false));
            BatchNorm norm = new BatchNorm(factory, WIDTH);
            norm.weight().value().set(1.5, -0.5, 2, -1, 0.25);
            norm.bias().value().set(0.5, 0, -1, 2, 0.1);
            LeakyRelu activation = new LeakyRelu(SLOPE);
            if (abn) {
                links.put("norm" + i, InPlaceAbn.fusing(norm, activation));
            } else {
                links.put("norm" + i, norm);
                links.put("activation" + i, activation);
            }
        }
        links.put("head", new Linear(factory, WIDTH, WIDTH, true));
        return new Sequential(links);
    }

    private static Step step(boolean abn, DType dtype, int depth) {
        try (Engine engine = Engine.builder().threads(2).build();
                TensorScope root = engine.scope("")) {
            Module model = model(new ParameterFactory(root, dtype, 11), abn, depth);
            Map<String, double[]> values = new LinkedHashMap<>();
            long saved;
            try (TensorScope scope = root.child();
                    Tape tape = Tape.training(scope, 3)) {
                Variable x = tape.leaf(random(scope, dtype, 1));
                Variable y = model.call(x);
                saved = engine.ledger().liveBytes(MemoryKind.ACTIVATION);
                values.put("y", y.value().toDoubles());
                Variable loss = Sum.sum(Multiply.multiply(y, tape.constant(random(scope, dtype, 2))));
                try (Gradients gradients = tape.backward(loss)) {
                    model.parameters()
                            .forEach((name, parameter) ->
                                    values.put(name, gradients.of(parameter).toDoubles()));
                }
                values.put("x", tape.gradient(x).toDoubles());
            }
            model.buffers().forEach((name, buffer) -> values.put(name, buffer.toDoubles()));
            return new Step(values, saved);
        }
    }

    private static Tensor random(TensorScope scope, DType dtype, long seed) {
        Tensor tensor = scope.allocate(Shape.of(BATCH, WIDTH), dtype, MemoryKind.INPUT);
        return tensor.set(
                new SplittableRandom(seed).doubles(tensor.elements(), -1, 1).toArray());
    }

    private static void assertClose(Step actual, Step expected, double bound) {
        assertThat(actual.values().keySet()).isEqualTo(expected.values().keySet());
        expected.values().forEach((name, values) -> {
            double scale = 1;
            for (double value : values) {
                scale = Math.max(scale, Math.abs(value));
            }
            assertThat(actual.values().get(name))
                    .as(name)
                    .containsExactly(values, org.assertj.core.data.Offset.offset(bound * scale));
        });
    }

    @Test
    void isTheFunctionOfTheTwoLayersWithItsGradients() {
        assertClose(step(true, DType.DOUBLE, 3), step(false, DType.DOUBLE, 3), 1e-11);
        assertClose(step(true, DType.FLOAT, 3), step(false, DType.FLOAT, 3), 1e-4);
    }

    @Test
    void eachPairSavesItsBatchNormInputAndTheSigns() {
        long elements = (long) BATCH * WIDTH;
        long bits = (elements + 7) / 8;
        for (int depth : new int[] {1, 4}) {
            long plain = step(false, DType.FLOAT, depth).savedBytes();
            long abn = step(true, DType.FLOAT, depth).savedBytes();
            long meanOfEachPair = 4L * WIDTH;
            assertThat(plain - abn).isEqualTo(depth * (4 * elements + bits + meanOfEachPair));
        }
    }

    @Test
    void copiesWhereSomebodyElseHoldsTheInput() {
        try (Engine engine = Engine.create();
                TensorScope root = engine.scope("");
                Tape tape = Tape.training(root, 1)) {
            InPlaceAbn abn = new InPlaceAbn(new ParameterFactory(root, DType.FLOAT, 1), WIDTH, SLOPE);
            Tensor batch = random(root, DType.FLOAT, 1);
            double[] before = batch.toDoubles();
            Variable x = tape.constant(batch);
            abn.call(x);
            assertThat(batch.toDoubles()).containsExactly(before);
            assertThat(x.isAlive()).isTrue();
        }
    }

    @Test
    void consumesItsInputAndSaysSo() {
        try (Engine engine = Engine.create();
                TensorScope root = engine.scope("");
                Tape tape = Tape.training(root, 1)) {
            InPlaceAbn abn = new InPlaceAbn(new ParameterFactory(root, DType.FLOAT, 1), WIDTH, SLOPE);
            Variable batch = tape.constant(random(root, DType.FLOAT, 1));
            Variable x = Add.add(batch, batch);
            abn.call(x);
            assertThatThrownBy(() -> Add.add(x, batch))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("consumed by inPlaceAbn");
        }
    }

    @Test
    void refusesARectifierThatLosesInformation() {
        try (Engine engine = Engine.create();
                TensorScope root = engine.scope("")) {
            ParameterFactory factory = new ParameterFactory(root, DType.FLOAT, 1);
            assertThatThrownBy(() -> new InPlaceAbn(factory, WIDTH, 0)).hasMessageContaining("not invertible");
        }
    }

    @Test
    void aWeightModifiedBeforeBackwardIsAnError() {
        try (Engine engine = Engine.create();
                TensorScope root = engine.scope("");
                Tape tape = Tape.training(root, 1)) {
            InPlaceAbn abn = new InPlaceAbn(new ParameterFactory(root, DType.FLOAT, 1), WIDTH, SLOPE);
            Variable loss = Sum.sum(abn.call(tape.leaf(random(root, DType.FLOAT, 1))));
            abn.parameters().get("weight").value().written("sgd");
            assertThatThrownBy(() -> tape.backward(loss)).hasMessageContaining("modified in place by sgd");
        }
    }
}
