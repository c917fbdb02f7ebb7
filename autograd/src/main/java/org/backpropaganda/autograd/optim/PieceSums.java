package org.backpropaganda.autograd.optim;

import java.util.concurrent.ConcurrentSkipListMap;

/** Sums over the pieces of a loop, added up by place: the order in which threads finish does not change the total. */
final class PieceSums {
    private final ConcurrentSkipListMap<Long, Double> sums = new ConcurrentSkipListMap<>();

    /** The sum over the piece that begins at an element. */
    void add(long from, double sum) {
        sums.put(from, sum);
    }

    double total() {
        return sums.values().stream().mapToDouble(Double::doubleValue).sum();
    }
}
