package org.backpropaganda.autograd.kernel;

import java.util.function.LongUnaryOperator;
import org.backpropaganda.autograd.Internal;
import org.backpropaganda.autograd.tensor.Tensor;

/**
 * A dropout mask that nobody stores: whether an element survives is a function of a key and its number, the same on
 * every replay and for every thread count. The generator is SplitMix64 read at a position. Source: Steele, Lea and Flood
 * 2014, "Fast Splittable Pseudorandom Number Generators".
 */
@Internal
public final class DropoutMask {
    private static final long GOLDEN = 0x9E3779B97F4A7C15L;

    private DropoutMask() {}

    /**
     * {@code out = x / keep} where an element survives, 0 elsewhere; out may be x itself.
     *
     * @param keep probability of surviving, in (0, 1]
     */
    public static void apply(long key, double keep, Tensor x, Tensor out) {
        apply(key, keep, element -> element, x, out);
    }

    /**
     * {@code out = x / keep} where the unit of an element survives, 0 elsewhere; out may be x itself.
     *
     * @param unit the number of the unit that an element belongs to
     */
    public static void apply(long key, double keep, LongUnaryOperator unit, Tensor x, Tensor out) {
        HostLoop.run(1, FloatLoops.survivors(key, keep, unit), DoubleLoops.survivors(key, keep, unit), out, x);
    }

    /** Whether the unit of a number survives under a key, of which a share {@code keep} does. */
    public static boolean survives(long key, double keep, long unit) {
        return survives(key, unit, threshold(keep));
    }

    /** The share of the numbers that a key gives which lets a unit survive. */
    static long threshold(double keep) {
        return (long) (keep * 0x1p53);
    }

    static boolean survives(long key, long element, long threshold) {
        return (bits(key, element) >>> 11) < threshold;
    }

    /** The 64 random bits of a key at a position. */
    static long bits(long key, long element) {
        long z = key + GOLDEN * (element + 1);
        z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
        z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
        return z ^ (z >>> 31);
    }
}
