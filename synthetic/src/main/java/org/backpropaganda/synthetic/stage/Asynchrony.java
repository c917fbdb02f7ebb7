package org.backpropaganda.synthetic.stage;

import java.util.SplittableRandom;

/**
 * How irregular the world of a simulated learner is: messages are late by up to some ticks, and queues are of bounded length,
 * so that a stage waits where the next one lags behind. The same seed gives the same lateness.
 *
 * <pre>{@code
 * Asynchrony late = new Asynchrony(3, 4, 42);
 * }</pre>
 *
 * @param mostLate ticks that a message may be late; 0 for the rule's ticks alone
 * @param depth messages that a queue holds, at least 1
 * @param seed of the lateness
 */
public record Asynchrony(int mostLate, int depth, long seed) {
    private static final int PLENTY = 2;

    /** Checks. */
    public Asynchrony {
        if (mostLate < 0 || depth < 1) {
            throw new IllegalArgumentException("asynchrony: late by up to " + mostLate + " ticks in queues of " + depth
                    + "; give at least 0 and 1");
        }
    }

    /** Every message takes its ticks. */
    public static Asynchrony none() {
        return new Asynchrony(0, PLENTY, 0);
    }

    /** How late the message of a batch is on a way between two stages. */
    int late(int way, long batch) {
        return mostLate == 0
                ? 0
                : new SplittableRandom(seed ^ (31 * batch + way) * 0x9E3779B97F4A7C15L).nextInt(mostLate + 1);
    }
}
