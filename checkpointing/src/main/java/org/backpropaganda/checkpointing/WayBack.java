package org.backpropaganda.checkpointing;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.backpropaganda.autograd.graph.GradientSlot;
import org.backpropaganda.autograd.graph.Parameter;
import org.backpropaganda.autograd.graph.SavedTensor;
import org.backpropaganda.autograd.graph.SegmentBackward;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.graph.TapeMode;
import org.backpropaganda.autograd.graph.TapeSite;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.checkpointing.schedule.Action;
import org.backpropaganda.checkpointing.schedule.Data;
import org.backpropaganda.checkpointing.schedule.Schedule;
import org.backpropaganda.checkpointing.schedule.Storage;
import org.jspecify.annotations.Nullable;

/** The actions of a schedule behind the first run. Steps from {@link #reversed} on are differentiated. */
final class WayBack {
    private final ScheduledPullback left;
    private final ScheduledSegment segment;
    private final SegmentBackward call;
    private final Boundaries boundaries;
    private final Kept kept;
    private final TreeMap<Integer, RecordedSteps> recordings;
    private final List<List<Parameter>> completing;
    private final Map<Integer, GradientSlot> slots = new HashMap<>();
    private @Nullable Map<Integer, Tensor> hands;
    private int at;
    private int reversed;

    WayBack(ScheduledPullback left, SegmentBackward call) {
        this.left = left;
        this.call = call;
        this.segment = left.segment();
        this.boundaries = left.boundaries();
        this.kept = left.kept().in(call);
        this.recordings = new TreeMap<>(left.recordings());
        this.completing = segment.steps().completing();
    }

    void run() {
        int count = segment.steps().count() < 0
                ? boundaries.steps()
                : segment.steps().count();
        reversed = boundaries.steps();
        begin();
        Schedule.Course course = segment.behindFirstRun(count);
        Action action = course.next();
        while (action != null && reversed > 0 && isReached()) {
            Action next = course.next();
            prefetch(next);
            act(action, next);
            action = next;
        }
        letGo();
        if (action == null && reversed > 0 && isReached()) {
            throw segment.refused("end", "steps 0 to " + (reversed - 1) + " are not reversed");
        }
    }

    /** The gradients of the outputs are those of the values of the last state. */
    private void begin() {
        int[] last = boundaries.in(reversed);
        for (int i = 0; i < last.length; i++) {
            if (!boundaries.isInput(last[i])) {
                slots.putIfAbsent(last[i], call.output(i));
            }
        }
    }

    /** Whether any gradient has come for what the last step that is not reversed has made. */
    private boolean isReached() {
        RecordedSteps recorded = covering(reversed - 1);
        if (recorded != null && recorded.to() > reversed) {
            return true;
        }
        return boundaries.valuesOf(reversed).stream().anyMatch(value -> {
            GradientSlot slot = slots.get(value);
            return slot != null && slot.value() != null;
        });
    }

    private @Nullable RecordedSteps covering(int step) {
        Map.Entry<Integer, RecordedSteps> entry = recordings.floorEntry(step);
        return entry == null || entry.getValue().to() <= step ? null : entry.getValue();
    }

    private void act(Action action, @Nullable Action next) {
        if (action instanceof Action.Forward forward) {
            forward(forward, next instanceof Action.Reverse);
        } else if (action instanceof Action.Reverse reverse) {
            reverse(reverse);
        } else if (action instanceof Action.Copy copy) {
            place(action, copy.step(), copy.from(), copy.to(), copy.data(), false);
        } else if (action instanceof Action.Move move) {
            place(action, move.step(), move.from(), move.to(), move.data(), true);
        } else if (action instanceof Action.Free free) {
            free(free);
        } else {
            throw segment.refused(action, "the forward run has ended already");
        }
    }

    private void free(Action.Free action) {
        if (action.data() == Data.ADJOINT) {
            return;
        }
        if (action.storage() == Storage.WORK) {
            letGo();
        } else {
            kept.free(action.storage(), action.step());
        }
    }

    private void keep(Action action, int step, Storage place) {
        Map<Integer, Tensor> state = hands;
        if (state == null || at != step) {
            throw notInHands(action);
        }
        Map<Integer, SavedTensor> saved = new LinkedHashMap<>();
        state.forEach((value, tensor) -> saved.put(value, kept.save(action, place, saved.size(), tensor)));
        kept.put(place, at, saved);
    }

    /** Adjoint data is where it was recorded, in memory, and goes when it is used. */
    private void place(Action action, int step, Storage from, Storage to, Data data, boolean moves) {
        if (step >= boundaries.steps()) {
            return;
        }
        if (data == Data.ADJOINT) {
            if (covering(step) == null || to == Storage.FILE) {
                throw segment.refused(
                        action,
                        to == Storage.FILE ? "adjoint data goes into no file" : "there is no adjoint data of the step");
            }
        } else if (from == Storage.WORK) {
            keep(action, step, to);
            if (moves) {
                letGo();
            }
        } else if (to == Storage.WORK) {
            takeUp(action, step, from, moves);
        } else {
            kept.copy(action, step, from, to);
            if (moves) {
                kept.free(from, step);
            }
        }
    }

    private IllegalStateException notInHands(Action action) {
        return segment.refused(
                action, hands == null ? "there is no state in hands" : "in hands is the state in front of step " + at);
    }

    private void takeUp(Action action, int step, Storage from, boolean moves) {
        if (hands != null) {
            throw segment.refused(action, "in hands is still the state in front of step " + at);
        }
        Map<Integer, SavedTensor> state = moves ? kept.remove(from, step) : kept.get(from, step);
        if (state == null) {
            throw segment.refused(action, "no state in front of the step lies there");
        }
        Map<Integer, Tensor> taken = new LinkedHashMap<>();
        state.forEach((value, saved) -> taken.put(value, moves ? call.restore(saved) : call.look(saved)));
        hands = taken;
        at = step;
    }

    /** What comes from a file next is read while this action runs. */
    private void prefetch(@Nullable Action next) {
        Map<Integer, SavedTensor> state = null;
        if (next instanceof Action.Move move && move.from() == Storage.FILE && move.data() == Data.RESTART) {
            state = kept.get(Storage.FILE, move.step());
        } else if (next instanceof Action.Copy copy && copy.from() == Storage.FILE && copy.data() == Data.RESTART) {
            state = kept.get(Storage.FILE, copy.step());
        }
        if (state != null) {
            state.values().forEach(call::prefetch);
        }
    }

    private void letGo() {
        if (hands != null) {
            hands.values().forEach(Tensor::close);
            hands = null;
        }
    }

    private void forward(Action.Forward action, boolean reversesNext) {
        if (hands == null || at != action.from()) {
            throw notInHands(action);
        }
        if (action.to() > reversed) {
            throw segment.refused(action, "steps from " + reversed + " on are reversed already");
        }
        if (action.writeRestart()) {
            keep(action, at, action.storage());
        }
        if (action.writeAdjoint() && action.storage() == Storage.FILE) {
            throw segment.refused(action, "adjoint data goes into no file");
        }
        TapeSite again = TapeSite.again(left.trace(), left.site(call, at, action.to()));
        if (action.writeAdjoint()) {
            record(call.tape(again, TapeMode.RECORDING), action.to(), reversesNext);
        } else {
            try (Tape silent = call.tape(again, TapeMode.SILENT)) {
                List<Variable> current = enter(silent, false);
                for (; at < action.to(); at++) {
                    current = left.step(call, silent, at, current, true);
                }
                hands = outliving(current);
            }
        }
    }

    private Map<Integer, Tensor> outliving(List<Variable> state) {
        Map<Integer, Tensor> tensors = new LinkedHashMap<>();
        boundaries.map(at, state).forEach((value, variable) -> {
            if (left.parameter(value) == null) {
                tensors.put(value, call.scope().share(variable.value()));
            }
        });
        return tensors;
    }

    private void record(Tape tape, int to, boolean reversesNext) {
        try {
            RecordedSteps recorded = RecordedSteps.on(tape, at);
            List<Variable> current = enter(tape, true);
            for (; at < to; at++) {
                current = left.step(call, tape, at, current, !reversesNext || at + 1 < to);
                recorded.add();
            }
            hands = reversesNext ? null : outliving(current);
            recorded.end(current);
            recordings.put(recorded.from(), recorded);
        } catch (RuntimeException | Error e) {
            tape.close();
            throw e;
        }
    }

    /** The state in hands goes on a tape. */
    private List<Variable> enter(Tape tape, boolean records) {
        Map<Integer, Variable> values = new HashMap<>();
        Map<Integer, Tensor> state = hands == null ? Map.of() : hands;
        for (int value : boundaries.valuesOf(at)) {
            SavedTensor parameter = left.parameter(value);
            Tensor tensor = state.get(value);
            if (parameter != null) {
                values.put(value, call.enter(tape, parameter, call.input(value)));
            } else if (tensor != null) {
                values.put(value, call.enter(tape, tensor, records ? slot(value, tensor) : null));
            }
        }
        letGo();
        return Boundaries.list(boundaries.in(at), values);
    }

    private @Nullable GradientSlot slot(int value, Tensor tensor) {
        if (boundaries.isInput(value)) {
            return call.input(value);
        }
        return boundaries.needs(value) ? slots.computeIfAbsent(value, any -> call.slot(tensor)) : null;
    }

    private void reverse(Action.Reverse action) {
        if (action.from() != reversed && Math.min(action.from(), boundaries.steps()) != reversed) {
            throw segment.refused(action, "steps are reversed down to " + reversed);
        }
        letGo();
        while (reversed > action.to()) {
            RecordedSteps recorded = covering(reversed - 1);
            if (recorded == null) {
                throw segment.refused(action, "there is no adjoint data of step " + (reversed - 1));
            }
            if (recorded.to() == reversed) {
                begin(recorded);
            }
            reverse(recorded);
        }
    }

    /** Gradients of the values behind the steps go to what the steps made them of. */
    private void begin(RecordedSteps recorded) {
        boundaries.map(reversed, recorded.results()).forEach((value, result) -> {
            GradientSlot slot = slots.get(value);
            if (slot != null) {
                call.pass(slot, result);
            }
        });
        boundaries.valuesOf(reversed).stream()
                .filter(value -> !boundaries.valuesOf(recorded.from()).contains(value))
                .forEach(slots::remove);
        slots.putAll(recorded.slots());
    }

    /** Moves a gradient from a tape that ends. */
    private void outlive(int value, GradientSlot ending) {
        Tensor gradient = ending.value();
        if (gradient == null) {
            slots.remove(value);
            return;
        }
        GradientSlot slot = call.slot(gradient);
        call.pass(ending, slot);
        slots.put(value, slot);
    }

    private void reverse(RecordedSteps recorded) {
        int step = reversed - 1;
        call.reverse(recorded.tape(), recorded.mark(step + 1), recorded.mark(step));
        reversed = step;
        if (step == recorded.from()) {
            recorded.slots().forEach(this::outlive);
            call.reversed(recorded.tape());
            recordings.remove(step);
        }
        if (step < completing.size()) {
            call.complete(completing.get(step));
        }
    }
}
