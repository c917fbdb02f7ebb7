package org.backpropaganda.autograd.kernel;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Uniform noise for {@link GroupCodes} that nobody stores: a function of a key, the number of a piece and the place in it.
 *
 * <p>Sources: Steele, Lea and Flood 2014, "Fast Splittable Pseudorandom Number Generators": SplitMix64 at a position gives a
 * piece 64 bits; Appleby 2011, "MurmurHash3": its finaliser of 32 bits spreads them over the places. Deviation: half of the
 * piece's bits enter the finaliser between its two products. Products of 32 bits are vector instructions where those of 64
 * are not.
 */
final class CodeNoise {
    private static final long GOLDEN = 0x9E3779B97F4A7C15L;
    private static final int ONE_BITS = 0x3F800000;
    private static final float HALF_STEP = 0x1p-24f;

    private final int[] places;
    private final int[] hashes;
    private final ByteBuffer exchange;

    /** Noise for pieces of up to {@code size} elements. */
    CodeNoise(int size) {
        places = new int[size];
        for (int i = 0; i < size; i++) {
            places[i] = i * (int) (GOLDEN >>> 32);
        }
        hashes = new int[size];
        exchange = ByteBuffer.allocate(size * Float.BYTES).order(ByteOrder.nativeOrder());
    }

    /** {@code noise[i]} in (−1/2, 1/2): odd multiples of 2⁻²⁴, so that no sum with a difference of floats is a tie by itself. */
    void draw(long key, long piece, float[] noise, int count) {
        long z = key + GOLDEN * (piece + 1);
        z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
        z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
        z ^= z >>> 31;
        hash(places, hashes, count, (int) z, (int) (z >>> 32));
        exchange.asIntBuffer().put(0, hashes, 0, count);
        exchange.asFloatBuffer().get(0, noise, 0, count);
        for (int i = 0; i < count; i++) {
            noise[i] = (noise[i] - 1.5f) + HALF_STEP;
        }
    }

    /** The bits of floats in [1, 2). */
    private static void hash(int[] places, int[] hashes, int count, int first, int second) {
        for (int i = 0; i < count; i++) {
            int h = places[i] + first;
            h = (h ^ (h >>> 16)) * 0x85EBCA6B;
            h = ((h ^ (h >>> 13)) + second) * 0xC2B2AE35;
            hashes[i] = ((h ^ (h >>> 16)) >>> 9) | ONE_BITS;
        }
    }
}
