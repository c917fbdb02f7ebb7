package org.backpropaganda.experiments.data;

import java.util.SplittableRandom;

/**
 * A stream of random numbers that is a function of its key alone.
 *
 * <p>Only {@link SplittableRandom#nextLong()} is used below, and everything else is derived from it by exact
 * arithmetic, so that the numbers are the same on every machine.
 */
final class KeyedRandom {
    /** What the numbers are for; equal seeds give unrelated streams for different purposes. */
    enum Purpose {
        BATCH_ORDER(1),
        AUGMENTATION(2),
        SYNTHETIC_TRAIN(3),
        SYNTHETIC_TEST(4);

        private final long id;

        Purpose(long id) {
            this.id = id;
        }
    }

    private final SplittableRandom bits;

    KeyedRandom(Purpose purpose, long... key) {
        long hash = mix(purpose.id);
        for (long part : key) {
            hash = mix(hash + part);
        }
        bits = new SplittableRandom(hash);
    }

    private static long mix(long value) {
        return new SplittableRandom(value).nextLong();
    }

    /** 64 random bits. */
    long bits() {
        return bits.nextLong();
    }

    /** A uniform integer in {@code [0, bound)}, without bias; {@code bound} must be positive. */
    int below(int bound) {
        long range = 1L << 31;
        long fair = range - range % bound;
        long draw;
        do {
            draw = bits.nextLong() >>> 33;
        } while (draw >= fair);
        return (int) (draw % bound);
    }

    /** A uniform number in {@code [low, high)}. */
    double between(double low, double high) {
        return low + (high - low) * ((bits.nextLong() >>> 11) * 0x1p-53);
    }
}
