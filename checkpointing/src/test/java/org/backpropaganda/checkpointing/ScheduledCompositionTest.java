package org.backpropaganda.checkpointing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.backpropaganda.autograd.graph.Gradients;
import org.backpropaganda.autograd.graph.SavedTensorPolicy;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.nn.Linear;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.nn.ParameterFactory;
import org.backpropaganda.autograd.nn.Sequential;
import org.backpropaganda.autograd.op.Identity;
import org.backpropaganda.autograd.op.Multiply;
import org.backpropaganda.autograd.op.Sum;
import org.backpropaganda.autograd.op.Tanh;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.autograd.tensor.MemoryKind;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.backpropaganda.autograd.testkit.HeapCodec;
import org.backpropaganda.autograd.testkit.SecondOrderStep;
import org.backpropaganda.checkpointing.schedule.EveryK;
import org.backpropaganda.checkpointing.schedule.Mixed;
import org.backpropaganda.checkpointing.schedule.Online;
import org.backpropaganda.checkpointing.schedule.Revolve;
import org.backpropaganda.checkpointing.schedule.Schedule;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Chains that follow a schedule, in everything that a tape can do. */
class ScheduledCompositionTest {
    private static final int STEPS = Twelve.STEPS;
    private static final int WIDTH = Twelve.WIDTH;

    private final Engine engine = Engine.builder().threads(1).build();
    private final TensorScope root = engine.scope("");
    private final ParameterFactory factory = new ParameterFactory(root, DType.DOUBLE, 5);
    private final int[] evaluations = new int[STEPS];

    @AfterEach
    void close() {
        engine.close();
    }

    static Stream<Schedule> schedules() {
        return Stream.of(
                new EveryK(STEPS, 3),
                new Revolve(STEPS, 2),
                new Online(3),
                new Mixed(STEPS, 3),
                Listed.mixed(),
                Listed.file());
    }

    static Module scheduled(List<Module> blocks, Schedule schedule) {
        return new CheckpointedSequence(blocks, schedule, new HeapCodec());
    }

    private long activations() {
        return engine.ledger().liveBytes(MemoryKind.ACTIVATION);
    }

    private static Map<String, double[]> found(Module model, Gradients gradients) {
        Map<String, double[]> found = new LinkedHashMap<>();
        model.parameters().forEach((name, parameter) -> {
            Tensor gradient = gradients.of(parameter);
            if (gradient != null) {
                found.put(name, gradient.toDoubles());
            }
        });
        return found;
    }

    static void assertSame(Map<String, double[]> actual, Map<String, double[]> expected) {
        assertThat(actual.keySet()).isEqualTo(expected.keySet());
        expected.forEach((name, values) -> assertThat(actual.get(name)).as(name).containsExactly(values));
    }

    /** The gradients of two losses, the first of which comes twice, with all that was kept staying between. */
    private List<Map<String, double[]>> retained(Module model) {
        List<Map<String, double[]>> all = new ArrayList<>();
        try (TensorScope step = root.child();
                Tape tape = Tape.training(step, 3)) {
            Variable x = tape.leaf(Twelve.random(step, 1, MemoryKind.TEMPORARY));
            Variable y = model.call(x);
            Variable first = Sum.sum(y);
            Variable second = Sum.sum(Multiply.multiply(y, y));
            long kept = activations();
            for (int i = 0; i < 2; i++) {
                Gradients gradients = tape.backwardRetaining(first);
                all.add(found(model, gradients));
                gradients.clear();
                assertThat(activations()).as("kept after backward " + i).isEqualTo(kept);
            }
            all.add(found(model, tape.backward(second)));
            assertThat(activations()).isZero();
        }
        return all;
    }

    @ParameterizedTest
    @MethodSource("schedules")
    void aSecondBackwardFindsWhatTheFirstFound(Schedule schedule) {
        List<Module> blocks = Twelve.blocks(factory, Twelve.Kind.DROPOUT, evaluations);
        List<Map<String, double[]>> plain = retained(new Sequential(blocks));
        List<Map<String, double[]>> actual = retained(scheduled(blocks, schedule));
        for (int i = 0; i < 3; i++) {
            assertSame(actual.get(i), plain.get(i));
        }
    }

    /** What backward keeps on the way goes with it, although all that forward kept stays. */
    @Test
    void aBackwardThatLooksHoldsNoMoreThanOneThatTakes() {
        List<Module> blocks = Twelve.blocks(factory, Twelve.Kind.PLAIN, evaluations);
        Module model = new CheckpointedSequence(blocks, new Revolve(STEPS, 3));
        long[] peaks = new long[2];
        for (int i = 0; i < 2; i++) {
            try (TensorScope step = root.child();
                    Tape tape = Tape.training(step, 3)) {
                Variable loss = Sum.sum(model.call(tape.leaf(Twelve.random(step, 1, MemoryKind.TEMPORARY))));
                long kept = activations();
                engine.ledger().resetPeak();
                if (i == 0) {
                    tape.backwardRetaining(loss);
                } else {
                    tape.backward(loss);
                }
                peaks[i] = engine.ledger().peakBytes(MemoryKind.ACTIVATION) - kept;
            }
        }
        assertThat(peaks[1]).isZero();
        assertThat(peaks[0]).as("two states and a recorded step").isEqualTo((2 + 2) * Twelve.TENSOR_BYTES);
    }

    @ParameterizedTest
    @MethodSource("schedules")
    void secondDerivativesArePlains(Schedule schedule) {
        List<Module> blocks = Twelve.blocks(factory, Twelve.Kind.SHARED, evaluations);
        SecondOrderStep step = new SecondOrderStep(root, 3);
        Tensor x = Twelve.random(root, 1, MemoryKind.INPUT);
        Module plain = new Sequential(blocks);
        Module model = scheduled(blocks, schedule);
        assertThat(SecondOrderStep.distance(step.gradientPenalty(model, x), step.gradientPenalty(plain, x)))
                .isLessThan(1e-10);
        assertThat(SecondOrderStep.distance(step.hessianVectorProduct(model, x), step.hessianVectorProduct(plain, x)))
                .isLessThan(1e-10);
        assertThat(activations()).isZero();
    }

    private Map<String, double[]> onConstant(Module model) {
        try (TensorScope step = root.child();
                Tape tape = Tape.training(step, 3)) {
            Variable x = tape.constant(Twelve.random(step, 1, MemoryKind.TEMPORARY));
            Map<String, double[]> found = found(model, tape.backward(Sum.sum(model.call(x))));
            assertThat(activations()).isZero();
            return found;
        }
    }

    @ParameterizedTest
    @MethodSource("schedules")
    void frozenBlocksHaveNoGradientsAndOthersThoseOfPlain(Schedule schedule) {
        List<Module> blocks = Twelve.blocks(factory, Twelve.Kind.PLAIN, evaluations);
        for (List<Integer> frozen :
                List.of(List.<Integer>of(), List.of(0), List.of(0, 1, 2, 3, 4, 7), List.of(5, 11))) {
            frozen.forEach(i -> blocks.get(i).freeze());
            Map<String, double[]> plain = onConstant(new Sequential(blocks));
            assertThat(plain).hasSize(2 * (STEPS - frozen.size()));
            assertSame(onConstant(scheduled(blocks, schedule)), plain);
            frozen.forEach(i -> blocks.get(i).unfreeze());
        }
    }

    /** Of segments 0–3, 3–6, 6–9 and 9–12 the first holds nothing that is differentiated, the second begins frozen. */
    @Test
    void whatIsFrozenToTheInputKeepsNothingAndIsNotComputedAgain() {
        List<Module> blocks = Twelve.blocks(factory, Twelve.Kind.PLAIN, evaluations);
        blocks.subList(0, 4).forEach(Module::freeze);
        Module model = new CheckpointedSequence(blocks, new EveryK(STEPS, 3));
        try (TensorScope step = root.child();
                Tape tape = Tape.training(step, 3)) {
            Variable x = tape.constant(Twelve.random(step, 1, MemoryKind.TEMPORARY));
            Variable loss = Sum.sum(model.call(x));
            assertThat(activations()).isEqualTo((2 + 4) * Twelve.TENSOR_BYTES);
            tape.backward(loss);
        }
        assertThat(evaluations).containsExactly(1, 1, 1, 2, 2, 2, 2, 2, 2, 1, 1, 1);
    }

    @Test
    void aChainThatNoGradientReachesIsNotComputedAgain() {
        List<Module> blocks = new ArrayList<>(Twelve.blocks(factory, Twelve.Kind.PLAIN, evaluations));
        blocks.add(6, new Module() {
            @Override
            protected List<Variable> forward(List<Variable> inputs) {
                Variable x = inputs.get(0);
                return List.of(x.tape().constant(x.value()));
            }
        });
        Module model = new CheckpointedSequence(blocks, new EveryK(STEPS + 1, 3));
        try (TensorScope step = root.child();
                Tape tape = Tape.training(step, 3)) {
            Variable x = tape.leaf(Twelve.random(step, 1, MemoryKind.TEMPORARY));
            Map<String, double[]> found = found(model, tape.backward(Sum.sum(model.call(x))));
            assertThat(found).hasSize(12);
            assertThat(tape.gradient(x)).isNull();
            assertThat(activations()).isZero();
        }
        assertThat(evaluations).containsExactly(1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 1);
    }

    @ParameterizedTest
    @MethodSource("schedules")
    void aStepThatFailsLeavesNothingBehind(Schedule schedule) {
        for (int failing : new int[] {1, 7, 12, 13, 15, 17}) {
            int[] calls = {0};
            List<Module> blocks = Twelve.blocks(factory, Twelve.Kind.PLAIN, new int[STEPS]);
            List<Module> guarded = new ArrayList<>();
            for (Module block : blocks) {
                guarded.add(new Guarded(block, () -> {
                    if (++calls[0] == failing) {
                        throw new IllegalArgumentException("refused");
                    }
                }));
            }
            Module model = scheduled(guarded, schedule);
            try (TensorScope step = root.child();
                    Tape tape = Tape.training(step, 3)) {
                Variable x = tape.leaf(Twelve.random(step, 1, MemoryKind.TEMPORARY));
                assertThatThrownBy(() -> tape.backward(Sum.sum(model.call(x)))).hasMessage("refused");
            }
            assertThat(activations()).as("call " + failing).isZero();
            assertThat(engine.ledger().liveBytes()).isEqualTo(engine.ledger().liveBytes(MemoryKind.PARAMETER));
        }
    }

    private static final class Guarded extends Module {
        private final Module body;
        private final Runnable guard;

        Guarded(Module body, Runnable guard) {
            this.body = register("body", body);
            this.guard = guard;
        }

        @Override
        protected List<Variable> forward(List<Variable> inputs) {
            List<Variable> results = body.call(inputs);
            guard.run();
            return results;
        }
    }

    /** A constant from outside and a parameter go through the chain as state, and steps read the constant by themselves too. */
    @ParameterizedTest
    @MethodSource("schedules")
    void stateMayComeFromOutside(Schedule schedule) {
        Tensor outside = Twelve.random(root, 9, MemoryKind.INPUT);
        List<Module> links = new ArrayList<>();
        Linear line = new Linear(factory, WIDTH, WIDTH, true);
        links.add(new Module() {
            @Override
            protected List<Variable> forward(List<Variable> inputs) {
                Variable x = inputs.get(0);
                return List.of(x, x.tape().constant(outside), x);
            }
        });
        for (int i = 1; i < STEPS; i++) {
            links.add(new Reading(line, outside));
        }
        Map<String, double[]> plain = ofAll(new Sequential(links));
        assertThat(plain).hasSize(2 * 11 + 1);
        assertSame(ofAll(scheduled(links, schedule)), plain);
    }

    /** (x, c, z) → (tanh(line(x) · c · outside), c, z). */
    private static final class Reading extends Module {
        private final Linear line;
        private final Tensor outside;

        Reading(Linear line, Tensor outside) {
            this.line = register("line", line);
            this.outside = outside;
        }

        @Override
        protected List<Variable> forward(List<Variable> inputs) {
            Variable x = inputs.get(0);
            Variable c = Multiply.multiply(inputs.get(1), x.tape().constant(outside));
            Variable y = Tanh.tanh(Multiply.multiply(line.call(x), c));
            return List.of(Multiply.multiply(y, inputs.get(2)), inputs.get(1), inputs.get(2));
        }
    }

    private Map<String, double[]> ofAll(Module model) {
        try (TensorScope step = root.child();
                Tape tape = Tape.training(step, 3)) {
            Variable x = tape.leaf(Twelve.random(step, 1, MemoryKind.TEMPORARY));
            List<Variable> y = model.call(List.of(x));
            Variable loss = Sum.sum(Multiply.multiply(Multiply.multiply(y.get(0), y.get(1)), y.get(2)));
            Map<String, double[]> found = found(model, tape.backward(loss));
            found.put("x", tape.gradient(x).toDoubles());
            assertThat(activations()).isZero();
            return found;
        }
    }

    /** A policy packs each, and brings it back, by itself. */
    @ParameterizedTest
    @MethodSource("schedules")
    void twoOfAStateMayLieOverTheSameBytes(Schedule schedule) {
        List<Module> links = new ArrayList<>();
        for (int i = 0; i < STEPS; i++) {
            links.add(new Twofold(new Linear(factory, WIDTH, WIDTH, true)));
        }
        Map<String, double[]> plain = packed(new Sequential(links));
        assertThat(plain).hasSize(2 * STEPS + 1);
        assertSame(packed(scheduled(links, schedule)), plain);
    }

    /** (x, z) → (y, y) with y = tanh(line(x) · z), the second one a hold of the first. */
    private static final class Twofold extends Module {
        private final Linear line;

        Twofold(Linear line) {
            this.line = register("line", line);
        }

        @Override
        protected List<Variable> forward(List<Variable> inputs) {
            Variable z = inputs.get(inputs.size() - 1);
            Variable y = Tanh.tanh(Multiply.multiply(line.call(inputs.get(0)), z));
            return List.of(y, Identity.hold(y));
        }
    }

    private Map<String, double[]> packed(Module model) {
        try (TensorScope step = root.child();
                Tape tape = Tape.builder(step)
                        .seed(3)
                        .policy(SavedTensorPolicy.of(new HeapCodec()))
                        .build()) {
            Variable x = tape.leaf(Twelve.random(step, 1, MemoryKind.TEMPORARY));
            List<Variable> y = model.call(List.of(x));
            Map<String, double[]> found = found(model, tape.backward(Sum.sum(Multiply.multiply(y.get(0), y.get(1)))));
            found.put("x", tape.gradient(x).toDoubles());
            return found;
        }
    }

    @Test
    void aStepThatComputesAnotherThingIsRefused() {
        int[] calls = {0};
        List<Module> blocks = new ArrayList<>(Twelve.blocks(factory, Twelve.Kind.PLAIN, evaluations));
        blocks.set(4, new Module() {
            @Override
            protected List<Variable> forward(List<Variable> inputs) {
                Variable x = inputs.get(0);
                return List.of(calls[0]++ == 0 ? Tanh.tanh(x) : Multiply.multiply(x, x));
            }
        });
        Module model = new CheckpointedSequence(blocks, new Revolve(STEPS, 2));
        try (TensorScope step = root.child();
                Tape tape = Tape.training(step, 3)) {
            Variable x = tape.leaf(Twelve.random(step, 1, MemoryKind.TEMPORARY));
            Variable loss = Sum.sum(model.call(x));
            assertThatIllegalStateException()
                    .isThrownBy(() -> tape.backward(loss))
                    .withMessageContaining("checkpoint replay in 4 differs from the first run: step 1: was Tanh");
        }
        assertThat(activations()).isZero();
    }

    @Test
    void aWeightThatMovedIsRefused() {
        List<Module> blocks = Twelve.blocks(factory, Twelve.Kind.PLAIN, evaluations);
        Module model = new CheckpointedSequence(blocks, new Revolve(STEPS, 2));
        try (TensorScope step = root.child();
                Tape tape = Tape.training(step, 3)) {
            Variable x = tape.leaf(Twelve.random(step, 1, MemoryKind.TEMPORARY));
            Variable loss = Sum.sum(model.call(x));
            blocks.get(6).parameterList().get(0).value().fill(1);
            assertThatIllegalStateException()
                    .isThrownBy(() -> tape.backward(loss))
                    .withMessageContaining("modified in place by fill");
        }
        assertThat(activations()).isZero();
    }
}
