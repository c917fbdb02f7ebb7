package org.backpropaganda.experiments.sequence;

import org.backpropaganda.autograd.io.Progress;
import org.backpropaganda.experiments.UserException;
import org.jspecify.annotations.Nullable;

/** Where a run stands among levels: it rises when the mean of a few batches is below the threshold. */
final class CopyCurriculum {
    /** Batches that are judged together. */
    static final int JUDGED = 10;

    private final CopyTask task;
    private CopyLevel level = CopyLevel.FIRST;
    private @Nullable CopyLevel solved;
    private long sequence;
    private int seen;
    private double sum;
    private double last = Double.NaN;

    CopyCurriculum(CopyTask task) {
        this.task = task;
    }

    CopyLevel level() {
        return level;
    }

    /** The hardest that was solved; null if none was. */
    @Nullable
    CopyLevel solved() {
        return solved;
    }

    /** The number of the batch that is read. */
    long sequence() {
        return sequence;
    }

    /** Bits a bit of the last batches that were judged. */
    double last() {
        return last;
    }

    /**
     * Takes a batch's end.
     *
     * @param bits a bit of what was to be said
     */
    void ended(double bits) {
        sequence++;
        seen++;
        sum += bits;
        if (seen == JUDGED) {
            last = sum / JUDGED;
            if (last < CopyTask.SOLVED) {
                solved = level;
                level = task.above(level);
            }
            seen = 0;
            sum = 0;
        }
    }

    Progress in(Progress progress) {
        return progress.withDataPosition(sequence)
                .withNote("at.symbols", Integer.toString(level.symbols()))
                .withNote("at.repeats", Integer.toString(level.repeats()))
                .withNote("at.solved.symbols", Integer.toString(solved == null ? 0 : solved.symbols()))
                .withNote("at.solved.repeats", Integer.toString(solved == null ? 0 : solved.repeats()))
                .withNote("at.seen", Integer.toString(seen))
                .withNote("at.sum", Double.toString(sum))
                .withNote("at.last", Double.toString(last));
    }

    void resume(Progress progress) {
        sequence = progress.dataPosition();
        level = new CopyLevel(number(progress, "at.symbols"), number(progress, "at.repeats"));
        int symbols = number(progress, "at.solved.symbols");
        solved = symbols == 0 ? null : new CopyLevel(symbols, number(progress, "at.solved.repeats"));
        seen = number(progress, "at.seen");
        sum = Double.parseDouble(note(progress, "at.sum"));
        last = Double.parseDouble(note(progress, "at.last"));
    }

    private static int number(Progress progress, String name) {
        return Integer.parseInt(note(progress, name));
    }

    /** A note that the run has made. */
    static String note(Progress progress, String name) {
        String note = progress.notes().get(name);
        if (note == null) {
            throw new UserException(
                    "the state tells no " + name + " and is not that of such a run; give another --state");
        }
        return note;
    }
}
