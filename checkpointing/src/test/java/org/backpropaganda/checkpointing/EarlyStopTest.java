package org.backpropaganda.checkpointing;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.backpropaganda.autograd.graph.Gradients;
import org.backpropaganda.autograd.graph.Op;
import org.backpropaganda.autograd.graph.Operands;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.graph.TapeObserver;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.nn.Activation;
import org.backpropaganda.autograd.nn.BatchNorm;
import org.backpropaganda.autograd.nn.Dropout;
import org.backpropaganda.autograd.nn.Linear;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.nn.ParameterFactory;
import org.backpropaganda.autograd.nn.Residual;
import org.backpropaganda.autograd.nn.Sequential;
import org.backpropaganda.autograd.op.Scale;
import org.backpropaganda.autograd.op.Sum;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.autograd.tensor.MemoryKind;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.backpropaganda.autograd.tensor.TensorSpec;
import org.backpropaganda.checkpointing.schedule.EveryK;
import org.backpropaganda.checkpointing.schedule.Revolve;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A replay ends at its last op where that saves nothing that it would compute. */
class EarlyStopTest {
    private static final int STEPS = 6;
    private static final int WIDTH = Twelve.WIDTH;

    /** Blocks, and the op that a replay of theirs does not run, or none. */
    private enum Block {
        LINEAR("linear") {
            @Override
            Module of(ParameterFactory f) {
                return new Sequential(Activation.tanh(), new Linear(f, WIDTH, WIDTH, true));
            }
        },
        RESIDUAL("add") {
            @Override
            Module of(ParameterFactory f) {
                return new Residual(new Sequential(new Linear(f, WIDTH, WIDTH, true), Activation.tanh()));
            }
        },
        DROPOUT("dropout") {
            @Override
            Module of(ParameterFactory f) {
                return new Sequential(new Linear(f, WIDTH, WIDTH, true), Activation.tanh(), new Dropout(0.3));
            }
        },
        /** The result is saved. */
        TANH("") {
            @Override
            Module of(ParameterFactory f) {
                return new Sequential(new Linear(f, WIDTH, WIDTH, true), Activation.tanh());
            }
        },
        /** Statistics of the batch are saved. */
        NORM("") {
            @Override
            Module of(ParameterFactory f) {
                return new Sequential(new Linear(f, WIDTH, WIDTH, false), new BatchNorm(f, WIDTH));
            }
        },
        /** The last op makes one of two results. */
        PAIR("") {
            @Override
            Module of(ParameterFactory f) {
                return new Pair(f);
            }
        };

        private final String left;

        Block(String left) {
            this.left = left;
        }

        abstract Module of(ParameterFactory factory);

        List<Module> chain(ParameterFactory factory) {
            List<Module> blocks = new ArrayList<>();
            for (int i = 0; i < STEPS; i++) {
                blocks.add(of(factory));
            }
            return blocks;
        }
    }

    /** (x, z) → (linear(x), 2 z), of one input both are. */
    private static final class Pair extends Module {
        private final Linear linear;

        Pair(ParameterFactory factory) {
            linear = register("linear", new Linear(factory, WIDTH, WIDTH, true));
        }

        @Override
        protected List<Variable> forward(List<Variable> inputs) {
            return inputs.size() == 1
                    ? List.of(linear.call(inputs.get(0)), Scale.scale(inputs.get(0), 2, 0))
                    : List.of(linear.call(inputs.get(0)), Scale.scale(inputs.get(1), 2, 0));
        }
    }

    /** Counts ops by name. */
    private static final class Counter implements TapeObserver {
        private final Map<String, Integer> replayed = new LinkedHashMap<>();

        @Override
        public void applied(Op op, Operands inputs, TensorSpec output, String path, boolean replay) {
            if (replay) {
                replayed.merge(op.name(), 1, Integer::sum);
            }
        }

        int of(String op) {
            return replayed.getOrDefault(op, 0);
        }
    }

    private static Map<String, double[]> step(Module model, TensorScope root, TapeObserver observer) {
        Map<String, double[]> found = new LinkedHashMap<>();
        try (TensorScope step = root.child();
                Tape tape = Tape.builder(step).seed(3).observer(observer).build()) {
            Variable x = tape.leaf(Twelve.random(step, 1, MemoryKind.TEMPORARY));
            List<Variable> y = model.call(List.of(x));
            try (Gradients gradients = tape.backward(Sum.sum(y.get(0)))) {
                model.parameters()
                        .forEach((name, p) -> found.put(name, gradients.of(p).toDoubles()));
            }
            found.put("x", tape.gradient(x).toDoubles());
            assertThat(root.engine().ledger().liveBytes(MemoryKind.ACTIVATION)).isZero();
        }
        return found;
    }

    /** Revolve with all slots records each step but the last again by itself. */
    @ParameterizedTest
    @EnumSource
    void theLastOpDoesNotRunAgain(Block block) {
        try (Engine engine = Engine.builder().threads(1).build();
                TensorScope root = engine.scope("")) {
            List<Module> blocks = block.chain(new ParameterFactory(root, DType.DOUBLE, 5));
            Counter counter = new Counter();
            Map<String, double[]> plain = step(new Sequential(blocks), root, TapeObserver.NONE);
            Map<String, double[]> actual =
                    step(new CheckpointedSequence(blocks, new Revolve(STEPS, STEPS)), root, counter);
            plain.forEach(
                    (name, values) -> assertThat(actual.get(name)).as(name).containsExactly(values));
            counter.replayed.forEach(
                    (op, count) -> assertThat(count).as(op).isEqualTo(op.equals(block.left) ? 0 : STEPS - 1));
            assertThat(counter.replayed).doesNotContainKey(block.left).isNotEmpty();
        }
    }

    /** A checkpoint in a step runs silently in the step's replay, and ends early in its own. */
    @Test
    void checkpointsEndEarlyTooAndByThemselves() {
        try (Engine engine = Engine.builder().threads(1).build();
                TensorScope root = engine.scope("")) {
            List<Module> blocks = Block.LINEAR.chain(new ParameterFactory(root, DType.DOUBLE, 5));
            List<Module> checkpoints = new ArrayList<>();
            blocks.forEach(block -> checkpoints.add(Checkpoint.checkpoint(block)));
            Counter alone = new Counter();
            step(new Sequential(checkpoints), root, alone);
            assertThat(alone.replayed).containsOnly(Map.entry("tanh", STEPS));
            Counter inside = new Counter();
            step(new CheckpointedSequence(checkpoints, new Revolve(STEPS, STEPS)), root, inside);
            assertThat(inside.replayed)
                    .containsOnly(Map.entry("tanh", STEPS - 1 + STEPS), Map.entry("linear", STEPS - 1));
        }
    }

    /** In a segment of three only the last step ends early. */
    @ParameterizedTest
    @EnumSource(names = {"LINEAR", "RESIDUAL", "DROPOUT"})
    void whatTheNextStepReadsRuns(Block block) {
        try (Engine engine = Engine.builder().threads(1).build();
                TensorScope root = engine.scope("")) {
            List<Module> blocks = block.chain(new ParameterFactory(root, DType.DOUBLE, 5));
            Counter counter = new Counter();
            step(new CheckpointedSequence(blocks, new EveryK(STEPS, 3)), root, counter);
            assertThat(counter.of(block.left)).isEqualTo(2);
            assertThat(counter.of("tanh")).isEqualTo(3);
        }
    }
}
