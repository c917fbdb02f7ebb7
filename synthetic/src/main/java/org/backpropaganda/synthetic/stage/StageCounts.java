package org.backpropaganda.synthetic.stage;

/** What a stage counts of its updates. Read by other threads when its own has ended. */
final class StageCounts {
    private long updates;
    private long learned;
    private long stale;
    private long mostStale;

    /** The weights were updated. */
    void updated() {
        updates++;
    }

    /** What was learned of a batch is of weights so many updates ago. */
    long learned(long versionThen) {
        long staleness = updates - versionThen;
        learned++;
        stale += staleness;
        mostStale = Math.max(mostStale, staleness);
        return staleness;
    }

    long updates() {
        return updates;
    }

    /** Updates between a batch's run and what was learned of it, on the average. */
    double meanStaleness() {
        return learned == 0 ? 0 : (double) stale / learned;
    }

    long mostStaleness() {
        return mostStale;
    }

    void pack(Luggage luggage) {
        luggage.put("counts", updates, learned, stale, mostStale);
    }

    void unpack(Luggage luggage) {
        long[] counts = luggage.numbers("counts");
        updates = counts[0];
        learned = counts[1];
        stale = counts[2];
        mostStale = counts[3];
    }
}
