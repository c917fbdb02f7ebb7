package org.backpropaganda.autograd.graph;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/** Checksums of the values of one computation: of its inputs, and of what its events gave, by module call. */
final class TraceValues {
    private static final class Sums {
        private long[] sums = new long[0];

        void put(int index, long sum) {
            if (index >= sums.length) {
                int length = sums.length;
                sums = Arrays.copyOf(sums, Math.max(index + 1, length + (length >> 1)));
                Arrays.fill(sums, length, sums.length, Checksum.NONE);
            }
            sums[index] = sum;
        }

        long get(int index) {
            return index < sums.length ? sums[index] : Checksum.NONE;
        }
    }

    private final Sums inputs = new Sums();
    private final Map<Long, Sums> calls = new HashMap<>();

    void putInput(int number, long sum) {
        inputs.put(number, sum);
    }

    long input(int number) {
        return inputs.get(number);
    }

    void put(Origin.Made place, long sum) {
        calls.computeIfAbsent(place.call(), call -> new Sums()).put(place.step(), sum);
    }

    /** Of an event of its own, or {@link Checksum#NONE}. */
    long of(Origin.Made place) {
        Sums sums = calls.get(place.call());
        return sums == null ? Checksum.NONE : sums.get(place.step());
    }
}
