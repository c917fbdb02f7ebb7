package org.backpropaganda.reversible;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.assertj.core.data.Offset;
import org.backpropaganda.autograd.graph.Gradients;
import org.backpropaganda.autograd.graph.Parameter;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.graph.Variable;
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
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The gradients of a coupling's parameters are handed over as soon as the coupling has been reversed. */
class CompletionTest {
    private static final int WIDTH = 4;
    private static final int DEPTH = 5;
    private static final long OF_A_COUPLING = 2L * 8 * (WIDTH * WIDTH + WIDTH);

    private final Engine engine = Engine.builder().threads(1).build();
    private final TensorScope root = engine.scope("");
    private final ParameterFactory factory = new ParameterFactory(root, DType.DOUBLE, 2);

    @AfterEach
    void close() {
        root.close();
        engine.close();
    }

    private Module line() {
        return new Linear(factory, WIDTH, WIDTH, true);
    }

    private List<Coupling> couplings() {
        List<Coupling> couplings = new ArrayList<>();
        for (int i = 0; i < DEPTH; i++) {
            couplings.add(new AdditiveCoupling(line(), line()));
        }
        return couplings;
    }

    private Tensor input(TensorScope scope, long seed) {
        Tensor tensor = scope.allocate(Shape.of(3, WIDTH), DType.DOUBLE, MemoryKind.INPUT);
        return tensor.set(
                new SplittableRandom(seed).doubles(tensor.elements(), -1, 1).toArray());
    }

    /** The parameters in the order in which their gradients come, with the gradients that are there then. */
    private Map<String, Long> handedOver(Module model, Map<String, double[]> gradients) {
        Map<String, Long> live = new LinkedHashMap<>();
        Map<Parameter, String> names = new LinkedHashMap<>();
        model.parameters().forEach((name, parameter) -> names.putIfAbsent(parameter, name));
        try (TensorScope scope = root.child();
                Gradients handed = Gradients.handedOver(scope, (parameter, gradient) -> {
                    live.put(names.get(parameter), engine.ledger().liveBytes(MemoryKind.GRADIENT));
                    gradients.put(names.get(parameter), gradient.toDoubles());
                    parameter.value().fill(0.5);
                    return true;
                });
                Tape tape = Tape.builder(scope).seed(1).gradients(handed).build()) {
            List<Variable> y = model.call(List.of(tape.leaf(input(scope, 1)), tape.leaf(input(scope, 2))));
            tape.backward(Sum.sum(Add.add(y.get(0), y.get(1))));
        }
        return live;
    }

    @Test
    void oneCouplingsGradientsAreThereAtATime() {
        Map<String, Long> live = handedOver(new ReversibleSequence(couplings()), new LinkedHashMap<>());
        assertThat(live).hasSize(DEPTH * 4);
        assertThat(live.values()).allSatisfy(bytes -> assertThat(bytes).isLessThanOrEqualTo(OF_A_COUPLING));
        assertThat(live.values()).contains(OF_A_COUPLING);
        assertThat(live.keySet().stream().map(name -> name.substring(0, 1)).distinct())
                .containsExactly("4", "3", "2", "1", "0");
    }

    /** Parameters change when they are handed over, and no gradient that comes later notices. */
    @Test
    void gradientsAreThoseOfTheStoringModel() {
        Map<String, double[]> reversible = new LinkedHashMap<>();
        Map<String, double[]> storing = new LinkedHashMap<>();
        handedOver(new ReversibleSequence(couplings()), reversible);
        ParameterFactory again = new ParameterFactory(root, DType.DOUBLE, 2);
        List<Coupling> same = new ArrayList<>();
        for (int i = 0; i < DEPTH; i++) {
            same.add(
                    new AdditiveCoupling(new Linear(again, WIDTH, WIDTH, true), new Linear(again, WIDTH, WIDTH, true)));
        }
        handedOver(new Sequential(same), storing);
        assertThat(reversible.keySet()).isEqualTo(storing.keySet());
        storing.forEach((name, gradient) ->
                assertThat(reversible.get(name)).as(name).containsExactly(gradient, Offset.offset(1e-10)));
    }

    /** A weight of several couplings is complete with the first of them, which is reversed last. */
    @Test
    void tiedParametersWaitForTheLastThatReadsThem() {
        Module shared = line();
        List<Coupling> couplings = List.of(
                new AdditiveCoupling(line(), line()),
                new AdditiveCoupling(shared, line()),
                new AdditiveCoupling(line(), line()),
                new AdditiveCoupling(shared, line()));
        Map<String, double[]> gradients = new LinkedHashMap<>();
        Map<String, Long> live = handedOver(new ReversibleSequence(couplings), gradients);
        List<String> order = List.copyOf(live.keySet());
        assertThat(order.subList(0, 2)).containsExactlyInAnyOrder("3.g.weight", "3.g.bias");
        assertThat(order.subList(2, 6)).containsExactlyInAnyOrder("2.f.weight", "2.f.bias", "2.g.weight", "2.g.bias");
        assertThat(order.subList(6, 10)).containsExactlyInAnyOrder("1.f.weight", "1.f.bias", "1.g.weight", "1.g.bias");
    }
}
