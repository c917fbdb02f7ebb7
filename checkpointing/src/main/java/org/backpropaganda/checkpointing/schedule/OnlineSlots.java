package org.backpropaganda.checkpointing.schedule;

import java.util.Arrays;

/**
 * Which states a forward of unknown length keeps. Up to {@code (s + 1)(s + 2)/2 − 1} steps, Algorithm I of Stumm and Walther
 * 2010: slots are filled, and then overwritten in turns of which each spares one slot more. Behind that, Wang, Moin and
 * Iaccarino 2009: kept states have levels; a new one takes the place of the latest that is dispensable, or, if none is, of the
 * latest of all, one level higher, which makes all lower ones dispensable.
 */
final class OnlineSlots {
    static final int EMPTY = -1;
    /** What a step got. */
    record Place(boolean keeps, int replaced) {
        private static final Place NONE = new Place(false, EMPTY);
    }

    private final int count;
    private final long turns;
    private int[] steps;
    private int[] levels = {};
    private boolean[] dispensable = {};
    private int dispensables;
    private int slot;
    private int last;
    private long turn;
    private boolean keeping = true;

    OnlineSlots(int count) {
        this.count = count;
        this.turns = (count + 1L) * (count + 2L) / 2 - 1;
        this.last = count;
        this.turn = count;
        this.steps = new int[Math.min(count, 16)];
        Arrays.fill(steps, EMPTY);
    }

    /** Steps come one after another from 0. */
    Place place(int step) {
        if (step < turns) {
            return inTurns(step);
        }
        return count == 1 ? Place.NONE : byLevel(step);
    }

    /** The steps whose states are kept, in order. */
    int[] kept() {
        return Arrays.stream(steps).filter(step -> step != EMPTY).sorted().toArray();
    }

    private Place inTurns(int step) {
        Place place = keeping ? put(slot, step) : Place.NONE;
        if (keeping) {
            slot++;
            if (slot > last) {
                slot = 1;
            }
        }
        if (step + 1 == turn) {
            keeping = false;
        }
        if (step == turn) {
            turn += last;
            last--;
            slot = last;
            keeping = true;
        }
        return place;
    }

    private Place byLevel(int step) {
        if (levels.length == 0) {
            levels = new int[count];
            Arrays.fill(levels, 1);
            levels[0] = Integer.MAX_VALUE;
            dispensable = new boolean[count];
        }
        int chosen = latest();
        if (dispensables > 0) {
            dispensable[chosen] = false;
            dispensables--;
            levels[chosen] = 0;
        } else {
            for (int i = 0; i < count; i++) {
                if (levels[i] < levels[chosen]) {
                    dispensable[i] = true;
                    dispensables++;
                }
            }
            levels[chosen]++;
        }
        return put(chosen, step);
    }

    /** The slot of the latest state that is dispensable, or of the latest of all if none is. */
    private int latest() {
        int latest = 0;
        int of = EMPTY;
        for (int i = 0; i < count; i++) {
            if ((dispensables == 0 || dispensable[i]) && steps[i] > of) {
                latest = i;
                of = steps[i];
            }
        }
        return latest;
    }

    private Place put(int index, int step) {
        if (index >= steps.length) {
            int before = steps.length;
            steps = Arrays.copyOf(steps, (int) Math.min(count, Math.max(2L * before, index + 1L)));
            Arrays.fill(steps, before, steps.length, EMPTY);
        }
        int replaced = steps[index];
        steps[index] = step;
        return new Place(true, replaced);
    }
}
