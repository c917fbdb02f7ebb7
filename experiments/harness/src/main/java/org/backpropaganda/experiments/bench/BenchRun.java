package org.backpropaganda.experiments.bench;

import java.util.ArrayList;
import java.util.List;
import org.backpropaganda.experiments.Finite;
import org.backpropaganda.experiments.run.ProcessMemory;
import org.jspecify.annotations.Nullable;

/**
 * What one process measured of one contender.
 *
 * @param millis of each step by the clock
 * @param processBaseBytes resident just before the first step, once the same layers have been trained at a tiny size: what
 *     the model takes is weighed, not libraries and compiled code
 * @param processPeakBytes the highest resident bytes since
 * @param peakBytes the highest live bytes of the ledger after the warm-up; null for a peer
 * @param reservedPeakBytes the highest bytes of pages that the pool held then; null for a peer
 */
public record BenchRun(
        List<Double> millis,
        @Nullable Long processBaseBytes,
        @Nullable Long processPeakBytes,
        @Nullable Long peakBytes,
        @Nullable Long reservedPeakBytes) {
    /** Compilers and pools have settled by then. */
    private static final long WARM_UP_NANOS = 7_000_000_000L;

    private static final long CLOCK_NANOS = 6_000_000_000L;
    private static final long TINY_NANOS = 4_000_000_000L;
    private static final int FEWEST = 3;

    /** Runs a contender in this process. */
    public static BenchRun of(Contender contender, Workload workload, int threads) {
        try (Trainer tiny = contender.open(workload.tiny(), threads)) {
            steps(tiny, TINY_NANOS);
        }
        try (Trainer trainer = contender.open(workload, threads)) {
            System.gc();
            Long base = ProcessMemory.residentBytes();
            ProcessMemory.resetPeak();
            steps(trainer, WARM_UP_NANOS);
            OwnTrainer own = trainer instanceof OwnTrainer mine ? mine : null;
            if (own != null) {
                own.resetPeaks();
            }
            List<Double> millis = steps(trainer, CLOCK_NANOS);
            return new BenchRun(
                    millis,
                    base,
                    ProcessMemory.peakBytes(),
                    own == null ? null : own.peakBytes(),
                    own == null ? null : own.reservedPeakBytes());
        }
    }

    /** Steps for as long as {@code nanos}, and at least a few. */
    static List<Double> steps(Trainer trainer, long nanos) {
        List<Double> millis = new ArrayList<>();
        long begin = System.nanoTime();
        while (millis.size() < FEWEST || System.nanoTime() - begin < nanos) {
            long start = System.nanoTime();
            double loss = trainer.step();
            millis.add((System.nanoTime() - start) / 1e6);
            Finite.require(loss, "the loss of timed step " + millis.size());
        }
        return millis;
    }
}
