package org.backpropaganda.autograd.testkit;

/** The seed that every contract test draws from; {@code -Dtests.seed=…} sets it. */
public final class TestSeed {
    private static final long DEFAULT = 20170714;

    private TestSeed() {}

    /** The seed of this run. */
    public static long get() {
        return Long.getLong("tests.seed", DEFAULT);
    }
}
