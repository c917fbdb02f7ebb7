package org.backpropaganda.checkpointing;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.backpropaganda.autograd.graph.CallSite;
import org.backpropaganda.autograd.graph.Liveness;
import org.backpropaganda.autograd.graph.Pullback;
import org.backpropaganda.autograd.graph.Recorded;
import org.backpropaganda.autograd.graph.SavedTensor;
import org.backpropaganda.autograd.graph.SegmentBackward;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.graph.TapeSite;
import org.backpropaganda.autograd.graph.Trace;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * What a first run leaves for its backward.
 *
 * @param boundaries the values of all states
 * @param frozen the first step that gradients are wanted of
 * @param kept states
 * @param recordings adjoint data of the first run, by the first step
 * @param parameters values of the first state that outlive the step
 * @param sides inputs that single steps read
 */
record ScheduledPullback(
        ScheduledSegment segment,
        Trace trace,
        Boundaries boundaries,
        int frozen,
        Kept kept,
        TreeMap<Integer, RecordedSteps> recordings,
        Map<Integer, SavedTensor> parameters,
        Map<Integer, SavedTensor> sides)
        implements Pullback {

    @Override
    public void backward(SegmentBackward call) {
        new WayBack(this, call).run();
    }

    /** By ops, all steps are recorded at once, from the state that is kept nearest to the first one that is differentiated. */
    @Override
    public Recorded recompute(SegmentBackward call) {
        Integer first = kept.nearest(frozen);
        Map<Integer, SavedTensor> state = first == null ? null : kept.anywhere(first);
        if (first == null || state == null) {
            throw segment.refused(
                    "differentiate", "no state in front of step " + frozen + " is kept; take a schedule that keeps it");
        }
        return call.record(TapeSite.again(trace, site(call, first, boundaries.steps())), tape -> {
            Map<Integer, Variable> values = new HashMap<>();
            state.forEach((value, saved) -> values.put(value, look(call, tape, value, saved)));
            parameters.forEach((value, saved) -> values.put(value, look(call, tape, value, saved)));
            List<Variable> current = Boundaries.list(boundaries.in(first), values);
            for (int step = first; step < boundaries.steps(); step++) {
                current = step(call, tape, step, current, true);
            }
            return current;
        });
    }

    private Variable look(SegmentBackward call, Tape tape, int value, SavedTensor saved) {
        return enter(call, tape, saved, boundaries.isInput(value) ? value : -1);
    }

    /** A kept tensor on a tape, which goes on being kept. */
    private static Variable enter(SegmentBackward call, Tape tape, SavedTensor saved, int input) {
        if (saved.isParameter()) {
            return call.enter(tape, saved, call.input(input));
        }
        Tensor value = call.look(saved);
        Variable entered = call.enter(tape, value, input < 0 ? null : call.input(input));
        value.close();
        return entered;
    }

    /**
     * Computes a step again.
     *
     * @param read whether anybody reads what it gives; if not, it ends when all is saved that its backward needs
     */
    List<Variable> step(SegmentBackward call, Tape tape, int step, List<Variable> before, boolean read) {
        List<Variable> own = new ArrayList<>();
        for (int side : segment.steps().sides(step)) {
            SavedTensor saved = sides.get(side);
            if (saved == null) {
                throw new IllegalStateException("no input " + side);
            }
            own.add(enter(call, tape, saved, side));
        }
        List<Variable> inputs = new ArrayList<>(before);
        inputs.addAll(own);
        List<Variable> after = read
                ? segment.steps().call(step, inputs)
                : call.untilSaved(tape, () -> segment.steps().call(step, inputs));
        Liveness.letGo(inputs, List.of(), after);
        return after;
    }

    /** Where the first run made the calls of some steps. */
    CallSite site(SegmentBackward call, int from, int to) {
        Map<String, Integer> calls = new HashMap<>();
        for (int step = from; step < to; step++) {
            calls.putIfAbsent(segment.steps().name(step), segment.steps().earlierCalls(step));
        }
        return call.siteAfter(calls);
    }

    /** A parameter among the values, or null. */
    @Nullable
    SavedTensor parameter(int value) {
        return parameters.get(value);
    }
}
