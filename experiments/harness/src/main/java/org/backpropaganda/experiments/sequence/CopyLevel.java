package org.backpropaganda.experiments.sequence;

/**
 * How hard a sequence to copy is.
 *
 * @param symbols N, to be remembered
 * @param repeats R, how often they are to be said
 */
public record CopyLevel(int symbols, int repeats) {
    private static final int MARKS = 3;

    /** The easiest. */
    public static final CopyLevel FIRST = new CopyLevel(1, 1);

    /** Steps of a sequence: a mark, the symbols, a mark that asks for them, what is said, and its end. */
    public int length() {
        return (repeats + 1) * symbols + MARKS;
    }

    /** The first step at which something is to be said. */
    public int firstAnswer() {
        return symbols + 2;
    }

    /** How many steps have something to be said. */
    public int answers() {
        return length() - firstAnswer();
    }
}
