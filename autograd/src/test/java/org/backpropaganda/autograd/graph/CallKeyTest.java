package org.backpropaganda.autograd.graph;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.nn.Sequential;
import org.backpropaganda.autograd.nn.UnaryModule;
import org.backpropaganda.autograd.op.Tanh;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.junit.jupiter.api.Test;

/** Keys and paths depend on the path of calls and their counts, and on nothing else. */
class CallKeyTest {
    /** Notes where it is called. */
    private static final class Probe extends UnaryModule {
        private final List<String> paths = new ArrayList<>();
        private final List<Long> keys = new ArrayList<>();

        @Override
        protected Variable forward(Variable x) {
            paths.add(x.tape().path());
            keys.add(x.tape().key());
            return Tanh.tanh(x);
        }
    }

    private static void run(Module module, long seed, int times) {
        try (Engine engine = Engine.builder().threads(1).build();
                TensorScope scope = engine.scope("");
                Tape tape = Tape.training(scope, seed)) {
            Variable x = tape.leaf(scope.allocate(Shape.of(1), DType.FLOAT).fill(0));
            for (int i = 0; i < times; i++) {
                module.call(x);
            }
        }
    }

    private static List<Long> keys(Probe probe, Module module, long seed, int times) {
        probe.keys.clear();
        run(module, seed, times);
        return List.copyOf(probe.keys);
    }

    @Test
    void followFromSeedPathAndCount() {
        Probe probe = new Probe();
        Module model = new Sequential(probe, new Sequential(probe, probe), probe);
        List<Long> keys = keys(probe, model, 7, 2);
        assertThat(keys).hasSize(8).doesNotHaveDuplicates();
        assertThat(probe.paths.subList(0, 4)).containsExactly("0", "1.0", "1.0", "0");
        assertThat(keys(probe, model, 7, 2)).isEqualTo(keys);
        assertThat(keys(probe, model, 8, 2)).doesNotContainAnyElementsOf(keys);
        assertThat(keys(probe, model, 7, 1)).isEqualTo(keys.subList(0, 4));
    }

    @Test
    void doNotDependOnSiblings() {
        Probe probe = new Probe();
        List<Long> alone = keys(probe, new Sequential(Map.of("block", probe)), 1, 1);
        Map<String, Module> more = new LinkedHashMap<>();
        more.put("before", new Probe());
        more.put("block", probe);
        assertThat(keys(probe, new Sequential(more), 1, 1)).isEqualTo(alone);
    }

    /** Anonymous classes have no simple name, and an empty name is a wrapper's. */
    @Test
    void unregisteredModulesOfAnonymousClassesDiffer() {
        List<Long> keys = new ArrayList<>();
        UnaryModule one = new UnaryModule() {
            @Override
            protected Variable forward(Variable x) {
                keys.add(x.tape().key());
                return x;
            }
        };
        UnaryModule other = new UnaryModule() {
            @Override
            protected Variable forward(Variable x) {
                keys.add(x.tape().key());
                return x;
            }
        };
        run(
                new UnaryModule() {
                    @Override
                    protected Variable forward(Variable x) {
                        return other.call(one.call(x));
                    }
                },
                1,
                2);
        assertThat(keys).hasSize(4).doesNotHaveDuplicates();
    }

    /** Stands for its body. */
    private static final class Wrapper extends UnaryModule {
        private final Module body;

        Wrapper(Module body) {
            this.body = register("", body);
        }

        @Override
        protected Variable forward(Variable x) {
            return body.call(x);
        }
    }

    @Test
    void aWrapperAddsNothing() {
        Probe plain = new Probe();
        List<Long> keys = keys(plain, new Sequential(plain, new Sequential(plain)), 3, 2);
        Probe wrapped = new Probe();
        Module model = new Sequential(new Wrapper(wrapped), new Wrapper(new Wrapper(new Sequential(wrapped))));
        assertThat(keys(wrapped, model, 3, 2)).isEqualTo(keys);
        assertThat(wrapped.paths).isEqualTo(plain.paths);
    }

    /** The same block behind wrappers of its own is the same block. */
    @Test
    void wrappersOfOneModuleShareItsCount() {
        Probe plain = new Probe();
        List<Long> keys = keys(plain, new Sequential(plain, plain, plain), 3, 1);
        Probe wrapped = new Probe();
        Module model = new Sequential(new Wrapper(wrapped), new Wrapper(wrapped), wrapped);
        assertThat(keys(wrapped, model, 3, 1)).isEqualTo(keys).doesNotHaveDuplicates();
        assertThat(wrapped.paths).isEqualTo(plain.paths);
    }

    @Test
    void aWrapperThatCallsItsBodyTwiceMakesTwoCalls() {
        Probe probe = new Probe();
        Module twice = new UnaryModule() {
            {
                register("", probe);
            }

            @Override
            protected Variable forward(Variable x) {
                return probe.call(probe.call(x));
            }
        };
        List<Long> keys = keys(probe, new Sequential(twice), 3, 1);
        assertThat(keys).hasSize(2).doesNotHaveDuplicates();
        assertThat(keys.get(0))
                .isEqualTo(keys(probe, new Sequential(probe), 3, 1).get(0));
    }

    @Test
    void aReplayHasThoseOfTheFirstRun() {
        Probe probe = new Probe();
        Module model = new Sequential(new Recomputed(new Sequential(probe, new Sequential(probe))), probe);
        try (Engine engine = Engine.builder().threads(1).build();
                TensorScope scope = engine.scope("");
                Tape tape = Tape.training(scope, 1)) {
            Variable x = tape.leaf(scope.allocate(Shape.of(1), DType.FLOAT).fill(0));
            Variable first = model.call(x);
            Variable second = model.call(first);
            List<Long> forward = List.copyOf(probe.keys);
            assertThat(forward).hasSize(6).doesNotHaveDuplicates();
            tape.backward(second).close();
            List<Long> replayed = probe.keys.subList(6, 10);
            assertThat(replayed).containsExactly(forward.get(3), forward.get(4), forward.get(0), forward.get(1));
        }
    }
}
