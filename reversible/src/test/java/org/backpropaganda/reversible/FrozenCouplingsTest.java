package org.backpropaganda.reversible;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.backpropaganda.autograd.graph.Gradients;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.nn.Activation;
import org.backpropaganda.autograd.nn.BatchNorm;
import org.backpropaganda.autograd.nn.LeakyRelu;
import org.backpropaganda.autograd.nn.Linear;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.nn.ParameterFactory;
import org.backpropaganda.autograd.nn.Sequential;
import org.backpropaganda.autograd.op.Add;
import org.backpropaganda.autograd.op.Sum;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.autograd.tensor.MemoryKind;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.backpropaganda.reversible.abn.InPlaceAbn;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Reversible sequences and in-place norms whose parts are frozen. */
class FrozenCouplingsTest {
    private static final int BATCH = 4;
    private static final int WIDTH = 3;
    private static final long STREAM = 8L * BATCH * WIDTH;

    private final Engine engine = Engine.builder().threads(1).build();
    private final TensorScope root = engine.scope("");

    @AfterEach
    void close() {
        engine.close();
    }

    private static Module function(ParameterFactory factory) {
        return new Sequential(new Linear(factory, WIDTH, WIDTH, true), Activation.tanh());
    }

    private List<AdditiveCoupling> couplings() {
        ParameterFactory factory = new ParameterFactory(root, DType.DOUBLE, 9);
        List<AdditiveCoupling> couplings = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            couplings.add(new AdditiveCoupling(function(factory), function(factory)));
        }
        return couplings;
    }

    private record Step(long savedBytes, Map<String, double[]> gradients) {}

    private Tensor input(TensorScope scope, int seed) {
        double[] values = new double[BATCH * WIDTH];
        for (int i = 0; i < values.length; i++) {
            values[i] = Math.sin(seed + i);
        }
        return scope.allocate(Shape.of(BATCH, WIDTH), DType.DOUBLE, MemoryKind.INPUT)
                .set(values);
    }

    private Step step(Module model, int inputs) {
        try (TensorScope scope = root.child();
                Tape tape = Tape.training(scope, 1)) {
            List<Variable> streams = new ArrayList<>();
            for (int i = 0; i < inputs; i++) {
                streams.add(tape.constant(input(scope, 7 * i)));
            }
            List<Variable> results = model.call(streams);
            Variable loss = Sum.sum(results.get(0));
            for (Variable result : results.subList(1, results.size())) {
                loss = Add.add(loss, Sum.sum(result));
            }
            long saved = engine.ledger().liveBytes(MemoryKind.ACTIVATION);
            Map<String, double[]> found = new LinkedHashMap<>();
            if (loss.requiresGradient()) {
                Gradients gradients = tape.backward(loss);
                model.parameters().forEach((name, parameter) -> {
                    Tensor gradient = gradients.of(parameter);
                    if (gradient != null) {
                        found.put(name, gradient.toDoubles());
                    }
                });
            }
            assertThat(engine.ledger().liveBytes(MemoryKind.ACTIVATION)).isZero();
            return new Step(saved, found);
        }
    }

    private static void assertGradients(Step actual, Step expected) {
        assertThat(actual.gradients()).containsOnlyKeys(expected.gradients().keySet());
        expected.gradients()
                .forEach((name, gradient) ->
                        assertThat(actual.gradients().get(name)).as(name).containsExactly(gradient, within(1e-12)));
    }

    private static Module at(Module model, String path) {
        Module part = model;
        for (String name : path.split("\\.", -1)) {
            part = part.children().get(name);
        }
        return part;
    }

    @ParameterizedTest
    @ValueSource(strings = {"0", "1", "2", "0.f", "1.g", "2.f.0"})
    void aFrozenPartHasTheGradientsOfPlain(String frozen) {
        Module plain = new Sequential(couplings());
        Module reversible = new ReversibleSequence(couplings());
        assertThat(at(plain, frozen).freeze())
                .isEqualTo(at(reversible, frozen).freeze())
                .isNotEmpty();
        Step expected = step(plain, 2);
        assertThat(expected.gradients().keySet()).noneMatch(name -> name.startsWith(frozen + "."));
        assertGradients(step(reversible, 2), expected);
    }

    @Test
    void aWhollyFrozenSequenceHoldsNothing() {
        Module reversible = new ReversibleSequence(couplings());
        assertThat(step(reversible, 2).savedBytes()).isEqualTo(2 * STREAM);
        reversible.freeze();
        assertThat(step(reversible, 2).savedBytes()).isZero();
        reversible.unfreeze();
        assertThat(step(reversible, 2).gradients()).hasSize(12);
    }

    @Test
    void freezingBetweenForwardAndBackwardIsRefused() {
        ReversibleSequence reversible = new ReversibleSequence(couplings());
        try (TensorScope scope = root.child();
                Tape tape = Tape.training(scope, 1)) {
            List<Variable> results =
                    reversible.call(List.of(tape.constant(input(scope, 0)), tape.constant(input(scope, 7))));
            Variable loss = Sum.sum(Add.add(results.get(0), results.get(1)));
            reversible.couplings().get(1).freeze();
            assertThatIllegalStateException()
                    .isThrownBy(() -> tape.backward(loss))
                    .withMessageContaining(
                            "parameter 1.f.0.weight DOUBLE[3, 3] was frozen between forward and backward");
        }
        assertThat(engine.ledger().liveBytes(MemoryKind.ACTIVATION)).isZero();
    }

    /** The in-place norm keeps its output and a statistic a channel for its input's gradient alone, too. */
    @ParameterizedTest
    @ValueSource(strings = {"linear", "norm", "head"})
    void aFrozenInPlaceNormHasTheGradientsOfPlain(String frozen) {
        Module plain = normed(false);
        Module inPlace = normed(true);
        plain.children().get(frozen).freeze();
        inPlace.children().get(frozen).freeze();
        Step expected = step(plain, 1);
        assertGradients(step(inPlace, 1), expected);
        inPlace.freeze();
        assertThat(step(inPlace, 1).savedBytes()).isZero();
    }

    private Module normed(boolean inPlace) {
        ParameterFactory factory = new ParameterFactory(root, DType.DOUBLE, 9);
        Map<String, Module> links = new LinkedHashMap<>();
        links.put("linear", new Linear(factory, WIDTH, WIDTH, true));
        BatchNorm norm = new BatchNorm(factory, WIDTH);
        LeakyRelu activation = new LeakyRelu(0.1);
        if (inPlace) {
            links.put("norm", InPlaceAbn.fusing(norm, activation));
        } else {
            links.put("norm", norm);
            links.put("activation", activation);
        }
        links.put("head", new Linear(factory, WIDTH, 2, true));
        links.put("tanh", Activation.tanh());
        return new Sequential(links);
    }
}
