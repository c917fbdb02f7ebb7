package org.backpropaganda.reversible;

import java.util.ArrayList;
import java.util.List;
import org.backpropaganda.autograd.graph.CallSite;
import org.backpropaganda.autograd.graph.Liveness;
import org.backpropaganda.autograd.graph.Parameter;
import org.backpropaganda.autograd.graph.SavedTensor;
import org.backpropaganda.autograd.graph.Segment;
import org.backpropaganda.autograd.graph.SegmentForward;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.graph.TapeMode;
import org.backpropaganda.autograd.graph.TapeSite;
import org.backpropaganda.autograd.graph.Trace;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.tensor.Tensor;

/**
 * Keeps the outputs of a chain of couplings, and walks back from them.
 *
 * @param couplings in order
 * @param parameters that they train
 */
record ReversibleSegment(List<Coupling> couplings, List<Parameter> parameters) implements Segment {

    @Override
    public String name() {
        return "reversible";
    }

    @Override
    public Result forward(SegmentForward call) {
        List<Tensor> results = new ArrayList<>();
        List<CallSite> sites = new ArrayList<>();
        Trace trace = call.trace();
        try (Tape silent = call.tape(TapeSite.here(trace), TapeMode.SILENT)) {
            List<Variable> current = List.of(call.enter(silent, 0), call.enter(silent, 1));
            for (Coupling coupling : couplings) {
                sites.add(silent.siteBefore(coupling));
                List<Variable> next = coupling.call(current);
                Liveness.letGo(current, List.of(), next);
                current = next;
            }
            current.forEach(stream -> results.add(call.leave(stream)));
        }
        List<SavedTensor> saved = new ArrayList<>();
        if (call.isRecorded()) {
            results.forEach(stream -> saved.add(call.saveExact("stream", stream)));
        }
        return new Result(results, new ReversiblePullback(couplings, sites, trace.withRounding(), saved));
    }
}
