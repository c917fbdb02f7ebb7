package org.backpropaganda.reversible;

import java.util.List;
import org.backpropaganda.autograd.graph.CallSite;
import org.backpropaganda.autograd.graph.GradientSlot;
import org.backpropaganda.autograd.graph.Pullback;
import org.backpropaganda.autograd.graph.Recorded;
import org.backpropaganda.autograd.graph.SavedTensor;
import org.backpropaganda.autograd.graph.SegmentBackward;
import org.backpropaganda.autograd.graph.TapeSite;
import org.backpropaganda.autograd.graph.Trace;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.nn.Sequential;
import org.backpropaganda.autograd.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * The way back through a chain of couplings.
 *
 * @param sites where each coupling was called
 * @param saved the streams behind the last
 */
record ReversiblePullback(List<Coupling> couplings, List<CallSite> sites, Trace trace, List<SavedTensor> saved)
        implements Pullback {

    @Override
    public void backward(SegmentBackward call) {
        Tensor[] streams = {call.restore(saved.get(0)), call.restore(saved.get(1))};
        GradientSlot[] gradients = {call.slot(streams[0]), call.slot(streams[1])};
        for (int i = 0; i < 2; i++) {
            move(call, call.output(i), gradients[i]);
        }
        walkBack(call, streams, gradients);
        for (int i = 0; i < 2; i++) {
            streams[i].close();
            move(call, gradients[i], call.input(i));
        }
    }

    /** Turns the outputs in {@code streams} into the inputs, and their gradients, where there are any, into those of the inputs. */
    private void walkBack(SegmentBackward call, Tensor[] streams, GradientSlot[] gradients) {
        for (int i = couplings.size() - 1; i >= 0; i--) {
            Coupling coupling = couplings.get(i);
            coupling.reverse(new ReverseStep(call, coupling, trace, sites.get(i), streams, gradients));
        }
    }

    /** Without gradients the way back gives the inputs alone, from which the couplings are computed by ops. */
    @Override
    public Recorded recompute(SegmentBackward call) {
        Tensor[] streams = {call.restore(saved.get(0)), call.restore(saved.get(1))};
        walkBack(call, streams, new GradientSlot[] {call.slot(streams[0]), call.slot(streams[1])});
        return call.record(TapeSite.again(trace), tape -> {
            List<Variable> inputs =
                    List.of(call.enter(tape, streams[0], call.input(0)), call.enter(tape, streams[1], call.input(1)));
            streams[0].close();
            streams[1].close();
            return Sequential.chain(couplings, inputs);
        });
    }

    private static void move(SegmentBackward call, GradientSlot from, @Nullable GradientSlot to) {
        Tensor gradient = call.take(from);
        if (gradient == null) {
            return;
        }
        if (to == null) {
            gradient.close();
        } else {
            to.give(gradient);
        }
    }
}
