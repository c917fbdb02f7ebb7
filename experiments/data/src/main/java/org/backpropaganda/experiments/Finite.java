package org.backpropaganda.experiments;

/** Figures that have to be numbers. */
public final class Finite {
    private Finite() {}

    /**
     * The figure itself.
     *
     * @param what it is, for the message
     * @throws UserException if it is NaN or infinite
     */
    public static double require(double figure, String what) {
        if (!Double.isFinite(figure)) {
            throw new UserException(what + " is " + figure
                    + ": the training has diverged, and nothing that follows would" + " mean anything");
        }
        return figure;
    }
}
