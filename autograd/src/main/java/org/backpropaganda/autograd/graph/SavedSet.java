package org.backpropaganda.autograd.graph;

import java.util.ArrayList;
import java.util.List;
import org.backpropaganda.autograd.tensor.TensorScope;

/**
 * All that one op saved. A place is the number of an input, {@link #OUTPUT}, or that of an extra.
 */
final class SavedSet {
    static final int OUTPUT = -1;

    private record Place(int number, SavedTensor saved) {}

    private final List<Place> places = new ArrayList<>(4);

    /** The place of an extra. */
    static int extra(int number) {
        return OUTPUT - 1 - number;
    }

    void add(int place, SavedTensor saved) {
        places.add(new Place(place, saved));
    }

    /** Brings everything back for good; after a failure, lets go of what was not reached. */
    Unpacked take(TensorScope scope) {
        Unpacked unpacked = new Unpacked();
        for (int i = 0; i < places.size(); i++) {
            SavedTensor saved = places.get(i).saved();
            try {
                unpacked.add(places.get(i).number(), saved.take(scope), saved.isParameter(), !saved.isParameter());
            } catch (RuntimeException | Error e) {
                places.subList(i + 1, places.size())
                        .forEach(place -> place.saved().discard());
                throw e;
            }
        }
        return unpacked;
    }

    /** Brings everything back, and goes on keeping it. */
    Unpacked look(TensorScope scope) {
        Unpacked unpacked = new Unpacked();
        for (Place place : places) {
            SavedTensor saved = place.saved();
            unpacked.add(place.number(), saved.look(scope), saved.isParameter(), !saved.isParameter());
        }
        return unpacked;
    }

    /** Everything as it lies with the tape, where it stays. */
    Unpacked peek() {
        Unpacked unpacked = new Unpacked();
        for (Place place : places) {
            unpacked.add(place.number(), place.saved().peek(), place.saved().isParameter(), false);
        }
        return unpacked;
    }

    /** Frees everything, unread. */
    void discard() {
        places.forEach(place -> place.saved().discard());
    }
}
