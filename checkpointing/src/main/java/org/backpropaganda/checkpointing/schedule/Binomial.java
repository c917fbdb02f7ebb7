package org.backpropaganda.checkpointing.schedule;

/**
 * The numbers behind binomial checkpointing: with {@code s} slots, the first state's included, {@code β(s, r) = C(s + r, s)}
 * steps can be reversed if none is advanced over more than {@code r} times.
 *
 * <p>Source: Griewank and Walther 2000, "Algorithm 799: Revolve", § 2; {@code extra} is their closed form of {@code P(n, s) =
 * min over i of i + P(i, s) + P(n − i, s − 1)}.
 */
final class Binomial {
    private Binomial() {}

    /** {@code C(s + r, s)}, or a number above {@code cap} if that is greater than {@code cap}; zero if {@code r < 0}. */
    static long beta(long slots, long repetitions, long cap) {
        if (repetitions < 0) {
            return 0;
        }
        long few = Math.min(slots, repetitions);
        long many = Math.max(slots, repetitions);
        long value = 1;
        for (long k = 1; k <= few && value <= cap; k++) {
            value = value * (many + k) / k;
        }
        return value;
    }

    /** The least {@code r} with {@code β(s, r) ≥ n}. */
    static long repetitions(long steps, long slots) {
        if (slots == 1) {
            return steps - 1;
        }
        long repetitions = 0;
        for (long reach = 1; reach < steps; reach = reach * (slots + repetitions) / repetitions) {
            repetitions++;
        }
        return repetitions;
    }

    /** Forward steps beyond {@code n}, one recording pass of each included in {@code n}. */
    static long extra(long steps, long slots) {
        if (steps == 1) {
            return 0;
        }
        long repetitions = repetitions(steps, slots);
        return repetitions * steps - beta(slots + 1, repetitions - 1, Long.MAX_VALUE >> 24);
    }

    /**
     * How far to advance from the first state of a stretch before the next state is kept: all lengths in an interval cost the
     * least, and this is that next to the middle of the stretch.
     *
     * @param steps at least 2
     * @param slots at least 1, that of the first state included
     */
    static int advance(int steps, int slots) {
        if (slots < 1) {
            throw new IllegalArgumentException("no slot for the state in front of " + steps + " steps");
        }
        int useful = Math.min(slots, steps - 1);
        if (useful == 1) {
            return steps - 1;
        }
        long repetitions = repetitions(steps, useful);
        long least = Math.max(
                Math.max(1, beta(useful, repetitions - 2, steps)), steps - beta(useful - 1, repetitions, steps));
        long most = Math.min(beta(useful, repetitions - 1, steps), steps - beta(useful - 1, repetitions - 1, steps));
        return (int) Math.max(least, Math.min(most, steps / 2));
    }
}
