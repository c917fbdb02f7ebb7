package org.backpropaganda.checkpointing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.nn.Activation;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.op.Scale;
import org.backpropaganda.autograd.op.Tanh;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.autograd.tensor.MemoryKind;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.backpropaganda.checkpointing.schedule.Online;
import org.backpropaganda.checkpointing.schedule.Revolve;
import org.backpropaganda.checkpointing.schedule.Schedule;
import org.backpropaganda.checkpointing.schedule.SquareRoot;
import org.junit.jupiter.api.Test;

/** Ten thousand steps, on a thread with the stack that it gets by default. */
class LongChainTest {
    private static final int STEPS = 10_000;

    /** What a step through a chain costs. */
    private record Cost(long evaluations, long events, long peakBytes, double gradient) {}

    private static Cost cost(Function<Module, Module> arrange) {
        long[] count = new long[2];
        try (Engine engine = Engine.builder().threads(1).build();
                TensorScope root = engine.scope("")) {
            engine.ledger().listen((event, kind, path, delta, ledger) -> count[1]++);
            Module model = arrange.apply(new Activation(x -> {
                count[0]++;
                return Tanh.tanh(Scale.scale(x, 1, 1e-4));
            }));
            try (TensorScope scope = root.child();
                    Tape tape = Tape.training(scope, 1)) {
                Variable x = tape.leaf(scope.allocate(Shape.of(1), DType.DOUBLE).fill(0.5));
                engine.ledger().resetPeak();
                tape.backward(model.call(x)).close();
                assertThat(engine.ledger().liveBytes(MemoryKind.ACTIVATION)).isZero();
                return new Cost(
                        count[0],
                        count[1],
                        engine.ledger().peakBytes(MemoryKind.ACTIVATION),
                        tape.gradient(x).item());
            }
        }
    }

    private static Cost loop(int steps, Schedule schedule) {
        return cost(cell ->
                CheckpointedScan.of(cell).steps(steps).schedule(schedule).build());
    }

    /** d tanh(s)/ds = 1 − tanh² at each step. */
    private static double expected(int steps) {
        double x = 0.5;
        double gradient = 1;
        for (int i = 0; i < steps; i++) {
            x = Math.tanh(x + 1e-4);
            gradient *= 1 - x * x;
        }
        return gradient;
    }

    @Test
    void aLoopCostsWhatItsForwardStepsCost() {
        for (int slots : new int[] {5, 100}) {
            Cost half = loop(STEPS / 2, new Revolve(STEPS / 2, slots));
            Cost whole = loop(STEPS, new Revolve(STEPS, slots));
            assertThat(whole.evaluations()).isEqualTo(new Revolve(STEPS, slots).forwardSteps());
            assertThat(whole.peakBytes()).isEqualTo(half.peakBytes());
            assertThat(whole.gradient()).isCloseTo(expected(STEPS), within(1e-9 * expected(STEPS)));
            double eventsOfAStep = half.events() / (double) half.evaluations();
            assertThat(whole.events() / (double) whole.evaluations())
                    .isCloseTo(eventsOfAStep, within(0.05 * eventsOfAStep));
        }
    }

    @Test
    void soDoesOneWhoseLengthNobodyKnows() {
        Cost half = loop(STEPS / 2, new Online(20));
        Cost whole = loop(STEPS, new Online(20));
        assertThat(whole.peakBytes()).isEqualTo(half.peakBytes());
        double eventsOfAStep = half.events() / (double) half.evaluations();
        assertThat(whole.events() / (double) whole.evaluations())
                .isCloseTo(eventsOfAStep, within(0.05 * eventsOfAStep));
    }

    /**
     * √n segments of √n modules: the modules are computed twice, but for the last segment, whose 100 results are saved while 99
     * states are kept.
     */
    @Test
    void aChainOfManyModulesWorks() {
        Cost chain = cost(cell -> {
            List<Module> links = new ArrayList<>();
            for (int i = 0; i < STEPS; i++) {
                links.add(new Wrapper(cell));
            }
            return new CheckpointedSequence(links, new SquareRoot(STEPS));
        });
        assertThat(chain.evaluations()).isEqualTo(2 * STEPS - 100);
        assertThat(chain.peakBytes()).isEqualTo(8 * (99 + 100));
        assertThat(chain.gradient()).isCloseTo(expected(STEPS), within(1e-9 * expected(STEPS)));
    }

    /** A module of its own that calls another one. */
    private static final class Wrapper extends Module {
        private final Module body;

        Wrapper(Module body) {
            this.body = register("body", body);
        }

        @Override
        protected List<Variable> forward(List<Variable> inputs) {
            return body.call(inputs);
        }
    }
}
