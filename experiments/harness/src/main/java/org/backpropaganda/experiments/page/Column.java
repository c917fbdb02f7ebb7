package org.backpropaganda.experiments.page;

/**
 * A column of a {@link Table}.
 *
 * @param name its heading
 * @param format of its figures
 * @param barred whether a bar shows each figure's share of the largest
 */
public record Column(String name, Format format, boolean barred) {
    /** A column of figures. */
    public static Column of(String name, Format format) {
        return new Column(name, format, false);
    }

    /** A column of words. */
    public static Column words(String name) {
        return of(name, Format.TEXT);
    }

    /** A column of figures with bars. */
    public static Column bars(String name, Format format) {
        return new Column(name, format, true);
    }
}
