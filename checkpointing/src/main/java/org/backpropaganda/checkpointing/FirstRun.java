package org.backpropaganda.checkpointing;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.backpropaganda.autograd.graph.GradientSlot;
import org.backpropaganda.autograd.graph.Liveness;
import org.backpropaganda.autograd.graph.SavedTensor;
import org.backpropaganda.autograd.graph.Segment;
import org.backpropaganda.autograd.graph.SegmentForward;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.graph.TapeMode;
import org.backpropaganda.autograd.graph.TapeSite;
import org.backpropaganda.autograd.graph.Trace;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.checkpointing.schedule.Action;
import org.backpropaganda.checkpointing.schedule.Data;
import org.backpropaganda.checkpointing.schedule.Schedule;
import org.backpropaganda.checkpointing.schedule.Storage;
import org.jspecify.annotations.Nullable;

/**
 * The actions of a schedule until the last step has run. States flow over one silent tape; steps whose adjoint data is kept run
 * on tapes of their own, which stay until backward.
 */
final class FirstRun {
    private final ScheduledSegment segment;
    private final SegmentForward call;
    private final Steps steps;
    private final Trace trace;
    private final Boundaries boundaries;
    private final Kept kept;
    private final TreeMap<Integer, RecordedSteps> recordings = new TreeMap<>();
    private final Map<Integer, SavedTensor> parameters = new HashMap<>();
    private final Map<Integer, SavedTensor> sides = new HashMap<>();
    private final Map<Integer, Variable> entered = new HashMap<>();
    private Map<Integer, Variable> state = new LinkedHashMap<>();
    private int frozen;
    private @Nullable Set<Integer> restored;
    private boolean ended;

    FirstRun(ScheduledSegment segment, SegmentForward call) {
        this.segment = segment;
        this.call = call;
        this.steps = segment.steps();
        this.trace = call.trace();
        this.boundaries = new Boundaries(call.inputs(), steps.states(call.inputs()));
        this.kept = new Kept(segment, call);
    }

    Segment.Result run() {
        List<Tensor> results = new ArrayList<>();
        try (Tape silent = call.tape(TapeSite.here(trace), TapeMode.SILENT)) {
            enter(silent);
            if (call.isRecorded()) {
                follow(silent);
            } else {
                advance(segment.end());
            }
            Boundaries.list(boundaries.in(at()), state).forEach(value -> results.add(call.leave(value)));
        }
        ScheduledPullback pullback =
                new ScheduledPullback(segment, trace, boundaries, frozen, kept, recordings, parameters, sides);
        return new Segment.Result(results, pullback);
    }

    private void enter(Tape silent) {
        int states = boundaries.in(0).length;
        for (int i = 0; i < call.inputs(); i++) {
            (i < states ? state : entered).put(i, call.enter(silent, i));
            if (call.needs(i)) {
                boundaries.need(i);
            }
            if (call.isRecorded() && (i >= states || call.isParameter(i))) {
                (i < states ? parameters : sides).put(i, call.saveInput(i));
            }
        }
        if (call.isRecorded()) {
            frozen = firstDifferentiable();
            restored = frozen > 0 ? restored() : null;
        }
    }

    /** The first step that gradients are wanted of: for those in front of it nothing needs to be kept. */
    private int firstDifferentiable() {
        int step = 0;
        while (!differentiable(step) && step + 1 < segment.end()) {
            step++;
        }
        return step;
    }

    private boolean differentiable(int step) {
        return boundaries.valuesOf(Math.min(step, at())).stream().anyMatch(boundaries::needs)
                || steps.sides(step).stream().anyMatch(call::needs)
                || steps.trains(step);
    }

    /** The states that the way back begins at, as far as it goes; null where that is not known yet. */
    private @Nullable Set<Integer> restored() {
        if (steps.count() < 0) {
            return null;
        }
        Set<Integer> used = new HashSet<>();
        Schedule.Course course = segment.behindFirstRun(steps.count());
        for (Action action = course.next(); action != null; action = course.next()) {
            if (action instanceof Action.Copy copy && copy.data() == Data.RESTART) {
                used.add(copy.step());
            } else if (action instanceof Action.Move move && move.data() == Data.RESTART) {
                used.add(move.step());
            } else if (action instanceof Action.Reverse reverse && reverse.to() <= frozen) {
                break;
            }
        }
        return used;
    }

    private int at() {
        return boundaries.steps();
    }

    private void follow(Tape silent) {
        Schedule.Course course = segment.schedule().begin();
        boolean told = false;
        for (Action action = course.next(); !(action instanceof Action.EndForward); action = course.next()) {
            if (action == null) {
                throw segment.refused("end", "the forward run did not end; end it by EndForward");
            }
            if (action instanceof Action.Forward forward) {
                forward(silent, forward);
                int last = ended ? at() : steps.count();
                if (!told && last >= 0 && forward.to() >= last) {
                    course.ended(last);
                    told = true;
                }
            } else {
                keepElsewhere(action);
            }
        }
        if (at() < segment.end() && !ended) {
            throw segment.refused(new Action.EndForward(), "only " + at() + " steps were computed");
        }
    }

    private void keepElsewhere(Action action) {
        if (action instanceof Action.Free free && free.data() == Data.RESTART) {
            kept.free(free.storage(), free.step());
        } else if (action instanceof Action.Copy copy
                && copy.data() == Data.RESTART
                && copy.from() == Storage.WORK
                && copy.step() == at()) {
            keep(action, copy.to());
        } else if (action instanceof Action.Copy copy && copy.data() == Data.RESTART) {
            kept.copy(action, copy.step(), copy.from(), copy.to());
        } else if (action instanceof Action.Move move && move.data() == Data.RESTART) {
            kept.copy(action, move.step(), move.from(), move.to());
            kept.free(move.from(), move.step());
        } else {
            throw segment.refused(action, "not before the last step has been computed");
        }
    }

    private void forward(Tape silent, Action.Forward action) {
        if (at() == segment.end()) {
            return;
        }
        if (ended || action.from() != at()) {
            throw segment.refused(
                    action, ended ? "there is no step behind " + at() : "in hands is the state in front of " + at());
        }
        if (action.writeRestart() && (restored == null || restored.contains(at()))) {
            keep(action, action.storage());
        }
        int to = Math.min(action.to(), segment.end());
        if (!action.writeAdjoint()) {
            advance(to);
        } else if (action.storage() == Storage.FILE) {
            throw segment.refused(
                    action,
                    "adjoint data in a file is what a policy for saved tensors does; let the schedule keep restart data"
                            + " there, or adjoint data in RAM");
        } else {
            record(silent, to);
        }
    }

    private void keep(Action action, Storage place) {
        Map<Integer, SavedTensor> saved = new LinkedHashMap<>();
        for (int value : boundaries.valuesOf(at())) {
            if (!parameters.containsKey(value)) {
                saved.put(
                        value,
                        boundaries.isInput(value) && place == Storage.RAM
                                ? call.saveInput(value)
                                : kept.save(
                                        action,
                                        place,
                                        saved.size(),
                                        in(state, value).value()));
            }
        }
        kept.put(place, at(), saved);
    }

    private static Variable in(Map<Integer, Variable> values, int value) {
        Variable variable = values.get(value);
        if (variable == null) {
            throw new IllegalStateException("no value " + value);
        }
        return variable;
    }

    private void advance(int to) {
        while (at() < to && !ended) {
            List<Variable> before = Boundaries.list(boundaries.in(at()), state);
            List<Variable> after = call(before, entered);
            Liveness.letGo(before, List.of(), after);
            state = boundaries.map(at(), after);
        }
    }

    private List<Variable> call(List<Variable> before, Map<Integer, Variable> own) {
        int step = at();
        boolean differentiable = call.isRecorded() && differentiable(step);
        List<Variable> inputs = new ArrayList<>(before);
        steps.sides(step).forEach(side -> inputs.add(own.get(side)));
        List<Variable> after = steps.call(step, inputs);
        boundaries.stepped(before, after, differentiable);
        ended = steps.isLast(at(), after);
        return after;
    }

    /** The same on a tape that records. */
    private void record(Tape silent, int to) {
        RecordedSteps recorded = RecordedSteps.on(call.record(TapeSite.here(trace)), at());
        Map<Integer, Variable> values = new HashMap<>();
        state.forEach((value, variable) -> values.put(value, entered(recorded, value, variable)));
        List<Variable> before = Boundaries.list(boundaries.in(at()), values);
        while (at() < to && !ended) {
            Map<Integer, Variable> own = new HashMap<>();
            steps.sides(at()).forEach(side -> own.put(side, entered(recorded, side, in(entered, side))));
            List<Variable> after = call(before, own);
            Liveness.letGo(before, List.of(), after);
            Liveness.letGo(List.copyOf(own.values()), List.of(), after);
            recorded.add();
            before = after;
        }
        Map<Integer, Variable> reached = boundaries.map(at(), before);
        Map<Integer, Variable> next = new LinkedHashMap<>();
        reached.forEach((value, variable) -> {
            Variable same = state.remove(value);
            next.put(value, same != null ? same : call.enter(silent, variable.value()));
        });
        Liveness.letGo(List.copyOf(state.values()), List.of(), List.of());
        state = next;
        recorded.end(before);
        recordings.put(recorded.from(), recorded);
    }

    private Variable entered(RecordedSteps recorded, int value, Variable variable) {
        boolean input = boundaries.isInput(value);
        GradientSlot slot = null;
        if (boundaries.needs(value)) {
            slot = input ? call.slot(value) : call.slot(recorded.tape(), variable.value());
            if (!input) {
                recorded.slots().put(value, slot);
            }
        }
        return call.enter(recorded.tape(), variable.value(), slot, input ? value : -1);
    }
}
