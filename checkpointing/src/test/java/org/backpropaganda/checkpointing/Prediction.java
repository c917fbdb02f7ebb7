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
 * What a schedule holds in memory and writes to a file on a chain of {@link Twelve}, told from its actions and from what a block
 * saves: bytes that states, and adjoint data, share are held once.
 */
final class Prediction {
    /** Bytes that somebody may hold. */
    private record Bytes(long count) {}

    private final Twelve.Kind kind;
    private final long privateBytes;
    private final Map<Integer, List<Bytes>> states = new HashMap<>();
    private final Map<Integer, List<Bytes>> filed = new HashMap<>();
    private final Map<Integer, List<Bytes>> adjoints = new HashMap<>();
    private List<Bytes> hands = new ArrayList<>();
    private long peak;
    private long written;

    private Prediction(Twelve.Kind kind, long privateBytes) {
        this.kind = kind;
        this.privateBytes = privateBytes;
        for (int i = 0; i < kind.streams(); i++) {
            hands.add(new Bytes(Twelve.TENSOR_BYTES));
        }
    }

    /**
     * Follows a schedule.
     *
     * @param privateBytes what a block saves beside its linear layer's input and the result of its tanh
     */
    static Prediction of(Schedule schedule, int steps, Twelve.Kind kind, long privateBytes) {
        Prediction run = new Prediction(kind, privateBytes);
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
        return run;
    }

    long peakBytes() {
        return peak;
    }

    long fileBytes() {
        return written;
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
        } else if (action instanceof Action.Free free && free.data() == Data.RESTART) {
            in(free.storage()).remove(free.step());
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

    private Map<Integer, List<Bytes>> in(Storage place) {
        return place == Storage.RAM ? states : place == Storage.FILE ? filed : new HashMap<>();
    }

    private void put(int step, Storage place) {
        put(step, place, hands);
    }

    private void put(int step, Storage place, List<Bytes> state) {
        if (place == Storage.FILE) {
            Set<Bytes> there = Collections.newSetFromMap(new IdentityHashMap<>());
            filed.values().forEach(there::addAll);
            state.stream().filter(there::add).forEach(bytes -> written += bytes.count());
        }
        in(place).put(step, state);
    }

    /** What comes from a file is new in memory. */
    private void place(int step, Storage from, Storage to, boolean moves) {
        List<Bytes> state = from == Storage.WORK ? hands : in(from).get(step);
        if (from == Storage.FILE) {
            state = state.stream().map(bytes -> new Bytes(bytes.count())).toList();
        }
        if (to == Storage.WORK) {
            hands = state;
        } else {
            put(step, to, state);
        }
        if (moves) {
            in(from).remove(step);
        }
    }
}
