package org.backpropaganda.checkpointing.schedule;

import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * {@link Revolve} over slots in memory and slots in a file: those slots of the stack that are written and read most lie in
 * memory. Computes as few steps as Revolve with all slots in memory.
 *
 * <p>Source: Stumm and Walther 2009, "Multistage Approaches for Optimal Offline Checkpointing".
 *
 * <p>Cost: the actions are gone through once to count the use of each slot.
 */
public final class Multistage implements Schedule {
    private final int steps;
    private final int slots;
    private final int fileSlots;
    private final List<Storage> places;

    /**
     * Counts how often each slot is used.
     *
     * @param steps of the chain
     * @param slots in memory
     * @param fileSlots in the file
     */
    public Multistage(int steps, int slots, int fileSlots) {
        this.steps = Steps.check(steps);
        this.slots = slots;
        this.fileSlots = fileSlots;
        int all = Steps.checkSlots(slots, fileSlots, steps);
        this.places = places(new Revolve(steps, all).begin(), Math.min(all, steps - 1));
    }

    @Override
    public String name() {
        return "multistage=" + slots + "/" + fileSlots;
    }

    @Override
    public Course begin() {
        return new StackCourse(this, steps, this::split);
    }

    private Split split(int length, @Nullable Storage kept, int ram, int file) {
        int below = ram + file;
        return Split.restart(places.get(below), Binomial.advance(length, places.size() - below));
    }

    /** Of each slot, from the bottom of the stack. */
    private List<Storage> places(Course revolve, int count) {
        long[] uses = new long[count];
        int height = 0;
        for (Action action = revolve.next(); action != null; action = revolve.next()) {
            if (action instanceof Action.Forward forward && forward.writeRestart()) {
                uses[height++]++;
            } else if (action instanceof Action.Copy) {
                uses[height - 1]++;
            } else if (action instanceof Action.Move) {
                uses[--height]++;
            }
        }
        Storage[] places = new Storage[count];
        Arrays.fill(places, Storage.FILE);
        IntStream.range(0, count)
                .boxed()
                .sorted(Comparator.comparing((Integer slot) -> uses[slot]).reversed())
                .limit(slots)
                .forEach(slot -> places[slot] = Storage.RAM);
        return List.of(places);
    }
}
