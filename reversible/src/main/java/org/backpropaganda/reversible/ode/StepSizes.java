package org.backpropaganda.reversible.ode;

/** What solvers ask of steps. */
final class StepSizes {
    private StepSizes() {}

    /** A step that is one, of either sign. */
    static double checked(String who, double step) {
        if (step == 0 || !Double.isFinite(step)) {
            throw new IllegalArgumentException(
                    who + ": step size " + step + " leads nowhere; give a finite one other than 0, as 0.1");
        }
        return step;
    }
}
