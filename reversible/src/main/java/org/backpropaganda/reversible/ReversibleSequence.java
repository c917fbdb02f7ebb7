package org.backpropaganda.reversible;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.backpropaganda.autograd.graph.ModuleCall;
import org.backpropaganda.autograd.graph.Parameter;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.nn.Invertible;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.nn.Sequential;
import org.jspecify.annotations.Nullable;

/**
 * Couplings one after another, of which only the last outputs are kept: backward reconstructs each coupling's inputs from
 * its outputs on the way down. Saved bytes do not grow with the number of couplings. Names, paths and random keys are
 * those of a {@link Sequential} of the same couplings.
 *
 * <pre>{@code
 * ReversibleSequence body = new ReversibleSequence(List.of(new AdditiveCoupling(f0, g0), new AdditiveCoupling(f1, g1)));
 * List<Variable> y = body.call(List.of(x1, x2));
 * }</pre>
 *
 * <p>Inputs: the streams of the first coupling, and behind them all side inputs in the order in which couplings first read
 * them. Results: the streams of the last coupling, and the side inputs as they are.
 *
 * <p>Cost: each function of an {@link Update} runs forward twice in a step, a {@link Bijection} three times. Gradients of a
 * coupling's parameters are complete when it has been reversed. Deviation: reconstructed streams differ from the stored ones
 * by rounding, which grows with depth, except where all updates are exact; {@link Builder#anchorEvery} holds it, and
 * {@link Builder#monitor} measures it. A reconstruction that overflows is refused by name.
 *
 * <p>Source: Gomez et al. 2017, "The Reversible Residual Network", § 3.
 */
public final class ReversibleSequence extends Module implements Invertible {
    private final List<Coupling> couplings;
    private final CouplingChain chain;
    private final Anchors anchors;

    /** Couplings named by their number. */
    public ReversibleSequence(List<? extends Coupling> couplings) {
        this(couplings, Anchors.NONE);
    }

    private ReversibleSequence(List<? extends Coupling> couplings, Anchors anchors) {
        this.couplings = List.copyOf(couplings);
        this.chain = CouplingChain.of(couplings);
        this.anchors = anchors;
        for (int i = 0; i < couplings.size(); i++) {
            register(Integer.toString(i), couplings.get(i));
        }
    }

    /** A sequence that keeps streams on the way. */
    public static Builder builder(List<? extends Coupling> couplings) {
        return new Builder(couplings);
    }

    /** What a sequence keeps beside its last streams. */
    public static final class Builder {
        private final List<? extends Coupling> couplings;
        private final Set<Integer> positions = new TreeSet<>();
        private @Nullable DriftMonitor monitor;

        private Builder(List<? extends Coupling> couplings) {
            this.couplings = couplings;
        }

        /**
         * Keeps the streams in front of every k-th coupling, from which the way back goes on as from exact ones: the bytes of the
         * streams for each.
         */
        public Builder anchorEvery(int k) {
            positions.addAll(Anchors.every(k, couplings.size()));
            return this;
        }

        /** Keeps the streams in front of some couplings, by their numbers from 1 on. */
        public Builder anchors(Set<Integer> numbers) {
            for (int number : numbers) {
                if (number < 1 || number >= couplings.size()) {
                    throw new IllegalArgumentException(
                            "anchors: there is no coupling " + number + " behind another among " + couplings.size()
                                    + "; give numbers from 1 to " + (couplings.size() - 1));
                }
            }
            positions.addAll(numbers);
            return this;
        }

        /** Measures drift in every step: keeps the streams in front of every coupling to compare with. */
        public Builder monitor(DriftMonitor listener) {
            monitor = listener;
            return this;
        }

        /** The sequence. */
        public ReversibleSequence build() {
            return new ReversibleSequence(couplings, new Anchors(positions, monitor));
        }
    }

    /** The couplings in order. */
    public List<Coupling> couplings() {
        return couplings;
    }

    /** The names of the side inputs, in the order in which they are given behind the streams. */
    public List<String> sides() {
        return chain.sides();
    }

    /** The numbers of the couplings whose inputs are kept. */
    public Set<Integer> anchors() {
        return anchors.positions();
    }

    @Override
    protected List<Variable> forward(List<Variable> streams) {
        return couplings.isEmpty() ? streams : run(streams, false);
    }

    /**
     * Calls couplings one after another, within the call of the module that they are registered with, keeping the last
     * streams alone: what a sequence of them computes, under the names that they have there.
     *
     * @param couplings at least one
     * @param inputs as a sequence of them takes
     */
    public static List<Variable> chain(List<? extends Coupling> couplings, List<Variable> inputs) {
        CouplingChain chain = CouplingChain.of(couplings);
        requireInputs(chain, chain.streams(), inputs);
        Tape tape = inputs.get(0).tape();
        if (!tape.isRecording()) {
            return chain.forward(inputs, false);
        }
        Set<Parameter> parameters = new LinkedHashSet<>();
        couplings.forEach(coupling -> parameters.addAll(coupling.trainedParameters()));
        return tape.apply(new ReversibleSegment(chain, List.copyOf(parameters), Anchors.NONE, false), inputs);
    }

    private List<Variable> run(List<Variable> inputs, boolean countsVolume) {
        requireInputs(chain, chain.streams(), inputs);
        Tape tape = inputs.get(0).tape();
        if (tape.isRecording()) {
            return tape.apply(new ReversibleSegment(chain, trainedParameters(), anchors, countsVolume), inputs);
        }
        return chain.forward(withVolume(inputs, countsVolume), countsVolume);
    }

    private static List<Variable> withVolume(List<Variable> inputs, boolean countsVolume) {
        if (!countsVolume) {
            return inputs;
        }
        List<Variable> all = new ArrayList<>(inputs);
        all.add(LogDeterminants.zeros(inputs.get(0)));
        return all;
    }

    private static void requireInputs(CouplingChain chain, int streams, List<Variable> inputs) {
        if (inputs.size() != streams + chain.sides().size()) {
            throw new IllegalArgumentException("ReversibleSequence: takes " + streams + " streams"
                    + (chain.sides().isEmpty() ? "" : " and the side inputs " + chain.sides()) + ", got "
                    + inputs.size() + (inputs.size() < streams ? "; split the input first" : ""));
        }
    }

    /** The streams, with side inputs behind them, that {@link #call} turns into {@code outputs}, differentiable. */
    @Override
    public List<Variable> inverse(List<Variable> outputs) {
        return couplings.isEmpty() ? outputs : back(outputs, false);
    }

    private List<Variable> back(List<Variable> outputs, boolean countsVolume) {
        requireInputs(chain, chain.streamsBehind(), outputs);
        try (ModuleCall call = outputs.get(0).tape().enter(this)) {
            return call.returning(chain.back(withVolume(outputs, countsVolume), countsVolume));
        }
    }

    /**
     * Forward with the log-determinant log |det ∂y/∂x| of each sample, as a normalising flow is trained by; like {@link #call}
     * it keeps the last streams alone.
     *
     * @throws UnsupportedOperationException if a coupling does not tell its own; the message names it
     */
    public Flow flow(List<Variable> inputs) {
        try (ModuleCall call = inputs.get(0).tape().enter(this, inputs)) {
            return Flow.of(call.returning(run(inputs, true)));
        }
    }

    /** {@link #inverse} with the log-determinant log |det ∂x/∂y| of each sample, which is minus that of forward. */
    public Flow inverseFlow(List<Variable> outputs) {
        return Flow.of(back(outputs, true)).negated();
    }
}
