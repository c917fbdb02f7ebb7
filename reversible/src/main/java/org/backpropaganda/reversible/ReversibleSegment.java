package org.backpropaganda.reversible;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
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
import org.jspecify.annotations.Nullable;

/**
 * Keeps the outputs of a chain of couplings, and walks back from them. Inputs and outputs: streams, and side inputs behind
 * them; a last output for the log-determinant, if it is asked for.
 *
 * @param chain of couplings
 * @param parameters that they train
 * @param anchors where streams are kept on the way
 * @param countsVolume whether the log-determinant is asked for
 */
record ReversibleSegment(CouplingChain chain, List<Parameter> parameters, Anchors anchors, boolean countsVolume)
        implements Segment {

    /** What one coupling's call leaves. */
    record Called(CallSite site, Map<Step, SavedTensor> lost) {}

    @Override
    public String name() {
        return "reversible";
    }

    @Override
    public Result forward(SegmentForward call) {
        List<Tensor> results = new ArrayList<>();
        List<Called> calls = new ArrayList<>();
        Map<Integer, List<SavedTensor>> kept = new TreeMap<>();
        Trace trace = call.trace();
        try (Tape silent = call.tape(TapeSite.here(trace), TapeMode.SILENT)) {
            List<Variable> current = new ArrayList<>();
            for (int i = 0; i < call.inputs(); i++) {
                current.add(call.enter(silent, i));
            }
            if (countsVolume) {
                current.add(LogDeterminants.zeros(current.get(0)));
            }
            for (int i = 0; i < chain.couplings().size(); i++) {
                Coupling coupling = chain.couplings().get(i);
                if (call.isRecorded() && anchors.keeps(i)) {
                    kept.put(
                            i,
                            save(
                                    call,
                                    "anchor",
                                    current.subList(0, coupling.streams().size())));
                }
                Called called = new Called(silent.siteBefore(coupling), new HashMap<>());
                calls.add(called);
                List<Variable> next = chain.advance(i, current, countsVolume, keeper(call, called));
                Liveness.letGo(current, List.of(), next);
                current = next;
            }
            current.forEach(stream -> results.add(call.leave(stream)));
        }
        return new Result(results, pullback(call, trace, results, calls, kept));
    }

    private static Walk.@Nullable Keeper keeper(SegmentForward call, Called called) {
        return call.isRecorded() ? (step, lost) -> called.lost().put(step, call.saveExact("lost bits", lost)) : null;
    }

    private static List<SavedTensor> save(SegmentForward call, String label, List<Variable> streams) {
        return streams.stream()
                .map(stream -> call.saveExact(label, stream.value()))
                .toList();
    }

    private ReversiblePullback pullback(
            SegmentForward call,
            Trace trace,
            List<Tensor> results,
            List<Called> calls,
            Map<Integer, List<SavedTensor>> kept) {
        List<SavedTensor> streams = new ArrayList<>();
        List<SavedTensor> sides = new ArrayList<>();
        if (call.isRecorded()) {
            for (Tensor stream : results.subList(0, chain.streamsBehind())) {
                streams.add(call.saveExact("stream", stream));
            }
            for (int i = chain.streams(); i < call.inputs(); i++) {
                sides.add(call.saveInput(i));
            }
        }
        return new ReversiblePullback(this, calls, trace.withRounding(), streams, sides, kept);
    }
}
