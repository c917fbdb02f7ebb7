package org.backpropaganda.checkpointing;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.backpropaganda.checkpointing.schedule.Action;
import org.backpropaganda.checkpointing.schedule.Data;
import org.backpropaganda.checkpointing.schedule.Schedule;
import org.backpropaganda.checkpointing.schedule.Storage;

/**
 * The peak of activations that a schedule has on a chain of {@link Twelve}, told from its actions and from what a block saves:
 * bytes that a state in RAM and adjoint data share are held once.
 */
final class PredictedPeak {
    /** Bytes that somebody may hold. */
    private record Bytes(long count) {}

    private final Twelve.Kind kind;
    private final long privateBytes;
    private final Map<Integer, List<Bytes>> states = new HashMap<>();
    private final Map<Integer, List<Bytes>> adjoints = new HashMap<>();
    private List<Bytes> hands = new ArrayList<>();
    private long peak;

    private PredictedPeak(Twelve.Kind kind, long privateBytes) {
        this.kind = kind;
        this.privateBytes = privateBytes;
        for (int i = 0; i < kind.streams(); i++) {
            hands.add(new Bytes(Twelve.TENSOR_BYTES));
        }
    }

    /** The peak over a chain of twelve. */
    static long of(Schedule schedule, Twelve.Kind kind, long privateBytes) {
        return of(schedule, Twelve.STEPS, kind, privateBytes);
    }

    /**
     * The peak.
     *
     * @param privateBytes what a block saves beside its linear layer's input and the result of its tanh
     */
    static long of(Schedule schedule, int steps, Twelve.Kind kind, long privateBytes) {
        PredictedPeak run = new PredictedPeak(kind, privateBytes);
        Schedule.Course course = schedule.begin();
        boolean told = false;
        for (Action action = course.next(); action != null; action = course.next()) {
            run.act(action);
            long live = run.live();
            run.peak = Math.max(run.peak, live);
            if (!told && action instanceof Action.Forward forward && forward.to() == steps) {
                course.ended(steps);
                told = true;
            }
        }
        return run.peak;
    }

    private long live() {
        Set<Bytes> held = Collections.newSetFromMap(new IdentityHashMap<>());
        List.of(states, adjoints)
                .forEach(
                        map -> map.values().stream().flatMap(Collection::stream).forEach(held::add));
        return held.stream().mapToLong(Bytes::count).sum();
    }

    private void act(Action action) {
        if (action instanceof Action.Forward forward) {
            if (forward.writeRestart()) {
                put(forward.from(), forward.storage());
            }
            for (int step = forward.from(); step < forward.to(); step++) {
                compute(step, forward.writeAdjoint());
            }
        } else if (action instanceof Action.Reverse reverse) {
            for (int step = reverse.to(); step < reverse.from(); step++) {
                adjoints.remove(step);
            }
        } else if (action instanceof Action.Copy copy && copy.data() == Data.RESTART) {
            place(copy.step(), copy.from(), copy.to(), false);
        } else if (action instanceof Action.Move move && move.data() == Data.RESTART) {
            place(move.step(), move.from(), move.to(), true);
        } else if (action instanceof Action.Free free && free.storage() == Storage.RAM) {
            states.remove(free.step());
        }
    }

    /** The tanh keeps its result, which with two streams is no part of the next state. */
    private void compute(int step, boolean records) {
        Bytes next = new Bytes(Twelve.TENSOR_BYTES);
        List<Bytes> saved = new ArrayList<>();
        saved.add(hands.get(hands.size() - 1));
        saved.add(new Bytes(privateBytes));
        if (kind.streams() == 1) {
            saved.add(next);
            hands = List.of(next);
        } else {
            saved.add(new Bytes(Twelve.TENSOR_BYTES));
            hands = List.of(next, hands.get(0));
        }
        if (records) {
            adjoints.put(step, saved);
        }
    }

    private void put(int step, Storage place) {
        if (place == Storage.RAM) {
            states.put(step, hands);
        }
    }

    private void place(int step, Storage from, Storage to, boolean moves) {
        List<Bytes> state = from == Storage.WORK ? hands : states.get(step);
        if (from == Storage.FILE) {
            state = new ArrayList<>();
            for (int i = 0; i < kind.streams(); i++) {
                state.add(new Bytes(Twelve.TENSOR_BYTES));
            }
        }
        if (to == Storage.WORK) {
            hands = state;
        } else if (to == Storage.RAM) {
            states.put(step, state);
        }
        if (moves && from == Storage.RAM) {
            states.remove(step);
        }
    }
}
