package org.backpropaganda.autograd.graph;

import java.util.ArrayList;
import java.util.List;
import org.backpropaganda.autograd.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/** The saved tensors of one op, brought back for its backward. */
final class Unpacked implements AutoCloseable {
    private record Place(int number, Tensor tensor, boolean isParameter, boolean isOwned) {}

    private final List<Place> places = new ArrayList<>(4);

    /**
     * Takes a tensor up.
     *
     * @param place as in a {@link SavedSet}
     * @param isOwned whether closing this closes the tensor
     */
    void add(int place, Tensor tensor, boolean isParameter, boolean isOwned) {
        places.add(new Place(place, tensor, isParameter, isOwned));
    }

    /** Lets go of one before the others. */
    void release(int number) {
        Place place = find(number);
        if (place != null) {
            close(place);
            places.remove(place);
        }
    }

    boolean isParameter(int input) {
        Place place = find(input);
        return place != null && place.isParameter();
    }

    Tensor input(String op, int number) {
        return require(op, find(number), "input " + number);
    }

    Tensor output(String op) {
        return require(op, find(SavedSet.OUTPUT), "the output");
    }

    Tensor extra(String op, int number) {
        return require(op, find(SavedSet.extra(number)), "extra " + number);
    }

    private @Nullable Place find(int number) {
        for (Place place : places) {
            if (place.number() == number) {
                return place;
            }
        }
        return null;
    }

    private static Tensor require(String op, @Nullable Place place, String what) {
        if (place == null) {
            throw new IllegalStateException(
                    op + " backward: " + what + " was not declared in saves(), or was released");
        }
        return place.tensor();
    }

    @Override
    public void close() {
        places.forEach(Unpacked::close);
    }

    private static void close(Place place) {
        if (place.isOwned()) {
            place.tensor().close();
        }
    }
}
