package org.backpropaganda.experiments.page;

/**
 * An axis of {@link Lines}.
 *
 * @param name what it measures
 * @param format of its figures
 * @param logarithmic whether equal factors are equally far apart; what is not above zero is not drawn then
 */
public record Axis(String name, Format format, boolean logarithmic) {
    /** A linear axis. */
    public static Axis linear(String name, Format format) {
        return new Axis(name, format, false);
    }

    /** A logarithmic axis. */
    public static Axis logarithmic(String name, Format format) {
        return new Axis(name, format, true);
    }
}
