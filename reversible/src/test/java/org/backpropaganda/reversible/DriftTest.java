package org.backpropaganda.reversible;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.assertj.core.data.Offset;
import org.backpropaganda.autograd.graph.Gradients;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.nn.Activation;
import org.backpropaganda.autograd.nn.BatchNorm;
import org.backpropaganda.autograd.nn.Linear;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.nn.ParameterFactory;
import org.backpropaganda.autograd.nn.Sequential;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.autograd.tensor.MemoryKind;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Drift is measured, held by anchors, and refused where it is past all bounds. */
class DriftTest {
    private static final int WIDTH = 8;
    private static final int BATCH = 6;
    private static final long STREAMS = 2L * 4 * BATCH * WIDTH;

    private final Engine engine = Engine.builder().threads(1).build();
    private final TensorScope root = engine.scope("");
    private final List<Tensor> inputs = List.of(random(1), random(2));

    @AfterEach
    void close() {
        root.close();
        engine.close();
    }

    private Tensor random(long seed) {
        Tensor tensor = root.allocate(Shape.of(BATCH, WIDTH), DType.FLOAT, MemoryKind.INPUT);
        return tensor.set(
                new SplittableRandom(seed).doubles(tensor.elements(), -1, 1).toArray());
    }

    private List<Coupling> affine(int depth) {
        return couplings(depth, Scaling.sigmoid());
    }

    private List<Coupling> couplings(int depth, Scaling scaling) {
        ParameterFactory factory = new ParameterFactory(root, DType.FLOAT, 3);
        return IntStream.range(0, depth)
                .mapToObj(i -> (Coupling) new AffineCoupling(branch(factory), branch(factory), scaling))
                .toList();
    }

    private static Module branch(ParameterFactory factory) {
        return new Sequential(new Linear(factory, WIDTH, 2L * WIDTH, true), Activation.tanh());
    }

    private record Step(Map<String, double[]> gradients, long savedBytes) {}

    private Step step(Module model) {
        try (TensorScope scope = root.child();
                Tape tape = Tape.training(scope, 5)) {
            List<Variable> outputs = model.call(inputs.stream().map(tape::leaf).toList());
            long saved = engine.ledger().liveBytes(MemoryKind.ACTIVATION);
            List<Tensor> ones = outputs.stream()
                    .map(y -> scope.allocate(y.shape(), y.dtype()).fill(1))
                    .toList();
            Map<String, double[]> found = new LinkedHashMap<>();
            try (Gradients gradients = tape.backward(outputs, ones)) {
                model.parameters()
                        .forEach((name, parameter) ->
                                found.put(name, gradients.of(parameter).toDoubles()));
            }
            return new Step(found, saved);
        }
    }

    private static double relativeError(Map<String, double[]> actual, Map<String, double[]> expected) {
        double squares = 0;
        double norm = 0;
        for (Map.Entry<String, double[]> each : expected.entrySet()) {
            double[] found = actual.get(each.getKey());
            for (int i = 0; i < found.length; i++) {
                squares += Math.pow(found[i] - each.getValue()[i], 2);
                norm += Math.pow(each.getValue()[i], 2);
            }
        }
        return Math.sqrt(squares / norm);
    }

    private List<DriftMonitor.Drift> drifts(List<Coupling> couplings, Set<Integer> anchors) {
        List<DriftMonitor.Drift> drifts = new ArrayList<>();
        step(ReversibleSequence.builder(couplings)
                .anchors(anchors)
                .monitor(drifts::add)
                .build());
        return drifts;
    }

    /** What the monitor says is what inverting step by step gives. */
    @Test
    void theMonitorTellsTheErrorOfEveryCoupling() {
        List<Coupling> couplings = affine(12);
        List<DriftMonitor.Drift> drifts = drifts(couplings, Set.of());
        assertThat(drifts.stream().map(DriftMonitor.Drift::coupling))
                .containsExactly(11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0);
        assertThat(drifts.stream().map(DriftMonitor.Drift::undone))
                .containsExactly(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12);
        double[] expected = new double[12];
        try (TensorScope scope = root.child();
                Tape tape = Tape.inference(scope)) {
            List<List<Variable>> stored = new ArrayList<>();
            List<Variable> current = inputs.stream().map(tape::constant).toList();
            for (Coupling coupling : couplings) {
                stored.add(current);
                current = coupling.call(current);
            }
            for (int i = 11; i >= 0; i--) {
                current = couplings.get(i).inverse(current);
                for (int stream = 0; stream < 2; stream++) {
                    expected[i] = Math.max(
                            expected[i],
                            error(
                                    current.get(stream).value(),
                                    stored.get(i).get(stream).value()));
                }
            }
        }
        for (DriftMonitor.Drift drift : drifts) {
            assertThat(drift.relativeError()).isEqualTo(expected[drift.coupling()]);
        }
        assertThat(expected[0]).isPositive();
    }

    private static double error(Tensor found, Tensor stored) {
        double[] a = found.toDoubles();
        double[] b = stored.toDoubles();
        double largest = 0;
        double error = 0;
        for (int i = 0; i < a.length; i++) {
            largest = Math.max(largest, Math.abs(b[i]));
            error = Math.max(error, Math.abs(a[i] - b[i]));
        }
        return error / largest;
    }

    @Test
    void anchorsAreTheirStreamsBytes() {
        List<Coupling> couplings = affine(12);
        assertThat(step(new ReversibleSequence(couplings)).savedBytes()).isEqualTo(STREAMS);
        ReversibleSequence anchored =
                ReversibleSequence.builder(couplings).anchorEvery(4).build();
        assertThat(anchored.anchors()).containsExactlyInAnyOrder(4, 8);
        assertThat(step(anchored).savedBytes()).isEqualTo(3 * STREAMS);
        // the inputs are kept too, but they are somebody else's
        assertThat(step(ReversibleSequence.builder(couplings)
                                .monitor(drift -> {})
                                .build())
                        .savedBytes())
                .isEqualTo(12 * STREAMS);
    }

    @Test
    void anOverflowIsRefusedByNameAndAnchorsHoldIt() {
        List<Coupling> couplings = couplings(120, Scaling.atLeast(0.1));
        assertThatThrownBy(() -> step(new Sequential(Map.of("body", new ReversibleSequence(couplings)))))
                .isInstanceOf(ArithmeticException.class)
                .hasMessageContaining("reversible in body: streams that 120 couplings were undone of overflowed");
        Map<String, double[]> plain = step(new Sequential(couplings)).gradients();
        Set<Integer> anchors = AnchorPlacement.measured(new ReversibleSequence(couplings), inputs, 1e-4, 5);
        ReversibleSequence held =
                ReversibleSequence.builder(couplings).anchors(anchors).build();
        // a gradient errs by a few times what its streams do
        assertThat(relativeError(step(held).gradients(), plain)).isLessThan(1e-3);
    }

    @Test
    void anOverflowInDoubleIsRefusedToo() {
        ParameterFactory factory = new ParameterFactory(root, DType.DOUBLE, 3);
        Scaling steep = Scaling.atLeast(1e-6);
        ReversibleSequence sequence = new ReversibleSequence(IntStream.range(0, 120)
                .mapToObj(i -> new AffineCoupling(branch(factory), branch(factory), steep))
                .toList());
        try (TensorScope scope = root.child();
                Tape tape = Tape.training(scope, 5)) {
            List<Variable> x = inputs.stream()
                    .map(input -> tape.leaf(scope.allocate(input.shape(), DType.DOUBLE, MemoryKind.INPUT)
                            .set(input.toDoubles())))
                    .toList();
            List<Variable> y = sequence.call(x);
            List<Tensor> ones = y.stream()
                    .map(stream ->
                            scope.allocate(stream.shape(), stream.dtype()).fill(1))
                    .toList();
            assertThatThrownBy(() -> tape.backward(y, ones))
                    .isInstanceOf(ArithmeticException.class)
                    .hasMessageContaining("120 couplings were undone of overflowed");
        }
    }

    /** Every stream stays within the bound, and no anchor stands later than it has to. */
    @Test
    void placedAnchorsAreEnoughAndNotTooMany() {
        List<Coupling> couplings = affine(60);
        double bound = 1e-5;
        Set<Integer> anchors = AnchorPlacement.measured(new ReversibleSequence(couplings), inputs, bound, 5);
        assertThat(anchors).isNotEmpty();
        assertThat(drifts(couplings, anchors))
                .allSatisfy(drift -> assertThat(drift.relativeError()).isLessThanOrEqualTo(bound));
        for (int anchor : anchors) {
            Set<Integer> earlier = new TreeSet<>(anchors);
            earlier.remove(anchor);
            if (anchor > 1) {
                earlier.add(anchor - 1);
            }
            assertThat(drifts(couplings, earlier))
                    .anySatisfy(drift -> assertThat(drift.relativeError()).isGreaterThan(bound));
        }
    }

    @Test
    void measuringLeavesBuffersAsTheyWere() {
        ParameterFactory factory = new ParameterFactory(root, DType.FLOAT, 3);
        BatchNorm norm = new BatchNorm(factory, WIDTH);
        ReversibleSequence sequence =
                new ReversibleSequence(List.of(new AdditiveCoupling(norm, new Linear(factory, WIDTH, WIDTH, true))));
        double[] before = norm.buffers().get("running_mean").toDoubles();
        assertThat(AnchorPlacement.measured(sequence, inputs, 1e-3, 5)).isEmpty();
        assertThat(norm.buffers().get("running_mean").toDoubles()).containsExactly(before, Offset.offset(0.0));
    }

    @Test
    void whatCannotBeHeldIsRefused() {
        ReversibleSequence sequence = new ReversibleSequence(affine(4));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> AnchorPlacement.measured(sequence, inputs, 1e-30, 5))
                .withMessageContaining("undoing coupling 3 alone errs by")
                .withMessageContaining("more than the bound 1.0E-30");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> AnchorPlacement.measured(sequence, inputs, 0, 5))
                .withMessage("anchors: bound 0.0 is not above 0; give one, as 1e-4");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ReversibleSequence.builder(affine(4)).anchorEvery(0))
                .withMessage("anchors every 0 couplings: give 1 or more");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ReversibleSequence.builder(affine(4)).anchors(Set.of(4)))
                .withMessage("anchors: there is no coupling 4 behind another among 4; give numbers from 1 to 3");
    }
}
