package org.backpropaganda.experiments.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.Function;
import org.backpropaganda.autograd.graph.Gradients;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.nn.Activation;
import org.backpropaganda.autograd.nn.Dropout;
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
import org.backpropaganda.autograd.tensor.TensorScope;
import org.backpropaganda.checkpointing.CheckpointedScan;
import org.backpropaganda.checkpointing.CheckpointedSequence;
import org.backpropaganda.checkpointing.schedule.Online;
import org.backpropaganda.checkpointing.schedule.Revolve;
import org.backpropaganda.reversible.AdditiveCoupling;
import org.backpropaganda.reversible.Coupling;
import org.backpropaganda.reversible.ReversibleSequence;
import org.junit.jupiter.api.Test;

/** Scheduled chains and loops in the functions of couplings, and reversible sequences as steps of a scheduled chain. */
class ScheduledCouplingTest {
    private static final int WIDTH = 6;

    private static Module block(ParameterFactory factory) {
        return new Sequential(new Dropout(0.2), new Linear(factory, WIDTH, WIDTH, true), Activation.tanh());
    }

    private static List<Module> blocks(ParameterFactory factory, int count) {
        List<Module> blocks = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            blocks.add(block(factory));
        }
        return blocks;
    }

    private static Map<String, double[]> step(Function<ParameterFactory, Module> make) {
        try (Engine engine = Engine.builder().threads(1).build();
                TensorScope root = engine.scope("")) {
            Module model = make.apply(new ParameterFactory(root, DType.DOUBLE, 3));
            Map<String, double[]> found = new LinkedHashMap<>();
            try (Tape tape = Tape.training(root, 1)) {
                List<Variable> x = new ArrayList<>();
                for (int i = 0; i < 2; i++) {
                    x.add(tape.leaf(root.allocate(Shape.of(3, WIDTH), DType.DOUBLE)
                            .set(new SplittableRandom(i)
                                    .doubles(3 * WIDTH, -1, 1)
                                    .toArray())));
                }
                List<Variable> y = model.call(x);
                try (Gradients gradients = tape.backward(Sum.sum(Multiply.multiply(y.get(0), y.get(1))))) {
                    model.parameters()
                            .forEach(
                                    (name, p) -> found.put(name, gradients.of(p).toDoubles()));
                }
                found.put("x", tape.gradient(x.get(0)).toDoubles());
                assertThat(engine.ledger().liveBytes(MemoryKind.ACTIVATION)).isZero();
            }
            return found;
        }
    }

    private static void assertSame(Map<String, double[]> actual, Map<String, double[]> expected) {
        assertThat(actual.keySet()).isEqualTo(expected.keySet());
        expected.forEach((name, values) -> assertThat(actual.get(name)).as(name).containsExactly(values));
    }

    private static ReversibleSequence couplings(
            ParameterFactory factory, Function<List<Module>, Module> arrange, int count) {
        List<Coupling> couplings = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            couplings.add(new AdditiveCoupling(arrange.apply(blocks(factory, 4)), block(factory)));
        }
        return new ReversibleSequence(couplings);
    }

    @Test
    void aFunctionOfACouplingFollowsASchedule() {
        Map<String, double[]> plain = step(f -> couplings(f, Sequential::new, 3));
        assertSame(step(f -> couplings(f, blocks -> new CheckpointedSequence(blocks, new Revolve(4, 2)), 3)), plain);
        assertSame(step(f -> couplings(f, blocks -> new CheckpointedSequence(blocks, new Online(2)), 3)), plain);
    }

    @Test
    void aStepOfAChainIsAReversibleSequence() {
        Map<String, double[]> plain = step(f -> new Sequential(reversibles(f)));
        assertSame(step(f -> new CheckpointedSequence(reversibles(f), new Revolve(4, 1))), plain);
        assertSame(step(f -> new CheckpointedSequence(reversibles(f), new Online(3))), plain);
    }

    private static List<Module> reversibles(ParameterFactory factory) {
        List<Module> all = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            all.add(couplings(factory, Sequential::new, 2));
        }
        return all;
    }

    @Test
    void aLoopRunsOverAReversibleSequence() {
        Map<String, double[]> all = step(f -> CheckpointedScan.of(couplings(f, Sequential::new, 2))
                .steps(5)
                .schedule(new Revolve(5, 5))
                .build());
        assertSame(
                step(f -> CheckpointedScan.of(couplings(f, Sequential::new, 2))
                        .steps(5)
                        .schedule(new Online(1))
                        .build()),
                all);
    }
}
