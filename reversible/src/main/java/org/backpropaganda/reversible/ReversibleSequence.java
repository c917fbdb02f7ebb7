package org.backpropaganda.reversible;

import java.util.List;
import org.backpropaganda.autograd.graph.Liveness;
import org.backpropaganda.autograd.graph.ModuleCall;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.nn.Sequential;

/**
 * Couplings one after another, of which only the last outputs are kept: backward reconstructs each coupling's inputs from
 * its outputs on the way down. Saved bytes do not grow with the number of couplings. Names, paths and random keys are
 * those of a {@link Sequential} of the same couplings.
 *
 * <p>Cost: each sub-function runs forward twice in a step. Deviation: reconstructed streams differ from the stored ones by
 * rounding, which grows with depth.
 *
 * <p>Source: Gomez et al. 2017, "The Reversible Residual Network", § 3.
 */
public final class ReversibleSequence extends Module {
    private final List<Coupling> couplings;

    /** Couplings named by their number. */
    public ReversibleSequence(List<? extends Coupling> couplings) {
        this.couplings = List.copyOf(couplings);
        for (int i = 0; i < couplings.size(); i++) {
            register(Integer.toString(i), couplings.get(i));
        }
    }

    /** The couplings in order. */
    public List<Coupling> couplings() {
        return couplings;
    }

    @Override
    protected List<Variable> forward(List<Variable> streams) {
        Coupling.requireTwo("ReversibleSequence", streams);
        Tape tape = streams.get(0).tape();
        return tape.isRecording()
                ? tape.apply(new ReversibleSegment(couplings, trainedParameters()), streams)
                : Sequential.chain(couplings, streams);
    }

    /** The streams that {@link #call} turns into {@code outputs}, differentiable. */
    public List<Variable> inverse(List<Variable> outputs) {
        try (ModuleCall call = outputs.get(0).tape().enter(this)) {
            List<Variable> current = outputs;
            for (int i = couplings.size() - 1; i >= 0; i--) {
                List<Variable> previous = couplings.get(i).inverse(current);
                Liveness.letGo(current, outputs, previous);
                current = previous;
            }
            return call.returning(current);
        }
    }
}
