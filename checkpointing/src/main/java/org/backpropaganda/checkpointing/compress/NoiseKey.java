package org.backpropaganda.checkpointing.compress;

import org.backpropaganda.autograd.graph.Saving;

/** The key of the noise of one packing: the same whenever the call is computed again. */
final class NoiseKey {
    private NoiseKey() {}

    static long of(Saving saving, long seed) {
        long key = mix(saving.key() ^ 0x9E3779B97F4A7C15L * (seed + 1));
        return mixed(mixed(key, saving.op()), saving.label());
    }

    private static long mixed(long key, String text) {
        long hash = mix(key + text.length());
        for (int i = 0; i < text.length(); i++) {
            hash = mix(hash * 31 + text.charAt(i));
        }
        return hash;
    }

    /** The finaliser of SplitMix64. Source: Steele, Lea and Flood 2014, "Fast Splittable Pseudorandom Number Generators". */
    private static long mix(long z) {
        long a = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
        long b = (a ^ (a >>> 27)) * 0x94D049BB133111EBL;
        return b ^ (b >>> 31);
    }
}
