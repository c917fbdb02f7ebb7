package org.backpropaganda.autograd.graph;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Where in a model's calls a computation stands: all that a replay needs to draw the same random numbers and to book
 * bytes under the same path.
 *
 * @param callee who runs, or null outside every module
 * @param outermost who was called from outside every module, or null there
 * @param path of the module
 * @param key the call's random key: a function of the seed, the path of calls and their counts, nothing else
 * @param depth how many calls it is inside of
 * @param calls how often the call has called each of its children so far
 * @param mode how modules behave there
 */
public record CallSite(
        @Nullable Callee callee,
        @Nullable Callee outermost,
        String path,
        long key,
        int depth,
        Map<String, Integer> calls,
        CallMode mode) {

    /** Outside every call of a step. */
    static CallSite at(String path, long key, CallMode mode) {
        return new CallSite(null, null, path, key, 0, Map.of(), mode);
    }

    CallSite having(Map<String, Integer> otherCalls) {
        return new CallSite(callee, outermost, path, key, depth, otherCalls, mode);
    }

    CallSite in(CallMode otherMode) {
        return otherMode.equals(mode) ? this : new CallSite(callee, outermost, path, key, depth, calls, otherMode);
    }

    /** The path of a part under one of its owner; an empty name adds nothing. */
    static String joined(String path, String name) {
        return path.isEmpty() || name.isEmpty() ? path + name : path + "." + name;
    }

    /**
     * The random key of a call, or of anything else that is named within something that has a key.
     *
     * @param parent key of what it is in; of a step, the seed
     * @param count how many of the name were there before
     */
    public static long key(long parent, String name, int count) {
        long hash = mix(parent ^ 0x9E3779B97F4A7C15L);
        for (int i = 0; i < name.length(); i++) {
            hash = mix(hash * 31 + name.charAt(i));
        }
        return mix(hash + 0x9E3779B97F4A7C15L * (count + 1L));
    }

    /** The finaliser of SplitMix64. Source: Steele, Lea and Flood 2014, "Fast Splittable Pseudorandom Generators". */
    private static long mix(long z) {
        long a = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
        long b = (a ^ (a >>> 27)) * 0x94D049BB133111EBL;
        return b ^ (b >>> 31);
    }
}
