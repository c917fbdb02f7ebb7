package org.backpropaganda.autograd.optim;

/** Checks of what users choose. */
final class Hyperparameters {
    private Hyperparameters() {}

    static double notNegative(String name, double value) {
        if (!(value >= 0) || Double.isInfinite(value)) {
            throw new IllegalArgumentException(name + " " + value + " must be finite and 0 or more");
        }
        return value;
    }

    static double belowOne(String name, double value) {
        if (!(value >= 0 && value < 1)) {
            throw new IllegalArgumentException(name + " " + value + " is not within [0, 1)");
        }
        return value;
    }

    static void atLeastOne(String name, long value) {
        if (value < 1) {
            throw new IllegalArgumentException(name + " " + value + " is below 1");
        }
    }
}
