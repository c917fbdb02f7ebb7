package org.backpropaganda.checkpointing;

import java.util.EnumMap;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import org.backpropaganda.autograd.graph.SavedTensor;
import org.backpropaganda.autograd.graph.SegmentCall;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.checkpointing.schedule.Action;
import org.backpropaganda.checkpointing.schedule.Storage;
import org.jspecify.annotations.Nullable;

/** The states that a schedule keeps: by place, and by the step that they are in front of, each as its values by number. */
final class Kept {
    private final ScheduledSegment segment;
    private final SegmentCall call;
    private final Map<Storage, Map<Integer, Map<Integer, SavedTensor>>> states = new EnumMap<>(Storage.class);

    Kept(ScheduledSegment segment, SegmentCall call) {
        this.segment = segment;
        this.call = call;
    }

    /** The same states, of which some will go and others come. */
    Kept in(SegmentCall another) {
        Kept copy = new Kept(segment, another);
        states.forEach((place, kept) -> copy.states.put(place, new HashMap<>(kept)));
        return copy;
    }

    private Map<Integer, Map<Integer, SavedTensor>> in(Storage place) {
        return states.computeIfAbsent(place, any -> new HashMap<>());
    }

    void put(Storage place, int step, Map<Integer, SavedTensor> state) {
        Map<Integer, SavedTensor> before = in(place).put(step, state);
        if (before != null) {
            before.values().forEach(call::discard);
        }
    }

    @Nullable
    Map<Integer, SavedTensor> get(Storage place, int step) {
        return in(place).get(step);
    }

    @Nullable
    Map<Integer, SavedTensor> remove(Storage place, int step) {
        return in(place).remove(step);
    }

    /** Keeps a value of a state. */
    SavedTensor save(Action action, Storage place, int number, Tensor value) {
        String label = "input " + number;
        if (place == Storage.RAM) {
            return call.save(label, value);
        }
        if (place != Storage.FILE) {
            throw segment.refused(action, "no state is kept in " + place + "; give RAM or FILE");
        }
        if (segment.file() == null) {
            throw segment.refused(action, "there is no file to keep a state in; give one to the builder");
        }
        return call.save(label, value, segment.file());
    }

    /** Puts a state in another place too. */
    void copy(Action action, int step, Storage from, Storage to) {
        Map<Integer, SavedTensor> state = get(from, step);
        if (state == null) {
            throw segment.refused(action, "no state in front of step " + step + " lies in " + from);
        }
        Map<Integer, SavedTensor> copy = new LinkedHashMap<>();
        state.forEach((value, saved) -> {
            Tensor tensor = call.look(saved);
            copy.put(value, save(action, to, copy.size(), tensor));
            tensor.close();
        });
        put(to, step, copy);
    }

    /** Lets a state go, if it is there: one that nothing needs was not kept. */
    void free(Storage place, int step) {
        Map<Integer, SavedTensor> state = remove(place, step);
        if (state != null) {
            state.values().forEach(call::discard);
        }
    }

    /** The step nearest to another one, not behind it, that a state in front of is kept somewhere; null if there is none. */
    @Nullable
    Integer nearest(int step) {
        return states.values().stream()
                .flatMap(kept -> kept.keySet().stream())
                .filter(kept -> kept <= step)
                .max(Integer::compare)
                .orElse(null);
    }

    /** A state wherever it is kept; null if it is not. */
    @Nullable
    Map<Integer, SavedTensor> anywhere(int step) {
        for (Map<Integer, Map<Integer, SavedTensor>> kept : states.values()) {
            Map<Integer, SavedTensor> state = kept.get(step);
            if (state != null) {
                return state;
            }
        }
        return null;
    }
}
