package org.backpropaganda.reversible;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.jspecify.annotations.Nullable;

/**
 * Finds as few anchors as keep the drift of a reversible sequence under a bound, by measurement.
 *
 * <pre>{@code
 * Set<Integer> anchors = AnchorPlacement.measured(sequence, List.of(x1, x2), 1e-4, seed);
 * ReversibleSequence held = ReversibleSequence.builder(sequence.couplings()).anchors(anchors).build();
 * }</pre>
 *
 * <p>Cost: a training step that keeps all streams for each anchor found, and one more. It holds for the weights and inputs that
 * it was measured with: weights that have moved far ask for another measurement.
 */
public final class AnchorPlacement {
    private final ReversibleSequence sequence;
    private final List<Tensor> inputs;
    private final long seed;

    private AnchorPlacement(ReversibleSequence sequence, List<Tensor> inputs, long seed) {
        this.sequence = sequence;
        this.inputs = inputs;
        this.seed = seed;
    }

    /**
     * The numbers of the couplings whose inputs are to be kept. From the end on, the way back goes from exact streams as far as
     * every stream is within the bound: each anchor stands as early in the sequence as it can.
     *
     * @param sequence as it would be trained; its own anchors are left aside, its buffers are as before when this returns
     * @param inputs streams and side inputs
     * @param bound of max |x̃ − x| / max |x| of every stream in front of every coupling, above 0
     * @param seed of the step that is measured
     * @throws IllegalArgumentException if undoing one coupling errs by more already; the message says by how much
     */
    public static Set<Integer> measured(ReversibleSequence sequence, List<Tensor> inputs, double bound, long seed) {
        if (!(bound > 0)) {
            throw new IllegalArgumentException("anchors: bound " + bound + " is not above 0; give one, as 1e-4");
        }
        AnchorPlacement placement = new AnchorPlacement(sequence, inputs, seed);
        Set<Integer> anchors = new TreeSet<>();
        while (true) {
            DriftMonitor.Drift first = placement.firstAbove(bound, anchors);
            if (first == null) {
                return anchors;
            }
            if (first.undone() == 1) {
                throw new IllegalArgumentException("anchors: undoing coupling " + first.coupling() + " alone errs by "
                        + first.relativeError() + ", more than the bound " + bound
                        + "; give a larger one, or store that coupling");
            }
            anchors.add(first.coupling() + 1);
        }
    }

    /** The first drift on the way back that is not within a bound, or null. */
    private DriftMonitor.@Nullable Drift firstAbove(double bound, Set<Integer> anchors) {
        for (DriftMonitor.Drift drift : drifts(anchors)) {
            if (!(drift.relativeError() <= bound)) {
                return drift;
            }
        }
        return null;
    }

    private List<DriftMonitor.Drift> drifts(Set<Integer> anchors) {
        List<DriftMonitor.Drift> drifts = new ArrayList<>();
        ReversibleSequence monitored = ReversibleSequence.builder(sequence.couplings())
                .anchors(anchors)
                .monitor(drifts::add)
                .build();
        try (TensorScope scope = inputs.get(0).engine().scope("anchor placement")) {
            Map<Tensor, Tensor> before = new LinkedHashMap<>();
            for (Tensor buffer : monitored.buffers().values()) {
                before.put(
                        buffer, scope.allocate(buffer.shape(), buffer.dtype()).copyFrom(buffer));
            }
            try {
                step(scope, monitored);
            } finally {
                before.forEach(Tensor::copyFrom);
            }
        } catch (ArithmeticException overflow) {
            if (drifts.stream().allMatch(drift -> Double.isFinite(drift.relativeError()))) {
                throw overflow;
            }
        }
        return drifts;
    }

    private static Variable enter(Tape tape, Tensor input) {
        return input.dtype().isDifferentiable() ? tape.leaf(input) : tape.constant(input);
    }

    private void step(TensorScope scope, ReversibleSequence monitored) {
        try (Tape tape = Tape.training(scope, seed)) {
            List<Variable> outputs =
                    monitored.call(inputs.stream().map(x -> enter(tape, x)).toList());
            List<Variable> streams =
                    outputs.subList(0, outputs.size() - monitored.sides().size());
            List<Tensor> ones = streams.stream()
                    .map(stream ->
                            scope.allocate(stream.shape(), stream.dtype()).fill(1))
                    .toList();
            tape.backward(streams, ones).close();
            ones.forEach(Tensor::close);
        }
    }
}
