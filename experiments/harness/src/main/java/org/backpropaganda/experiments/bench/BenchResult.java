package org.backpropaganda.experiments.bench;

import com.fasterxml.jackson.annotation.JsonIgnore;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A workload's figures. Ratios are of medians of this one suite.
 *
 * @param inFloat,inDouble agreement with the peer, from the same weights; null without a peer
 */
public record BenchResult(
        String workload,
        List<Row> rows,
        @Nullable Agreement inFloat,
        @Nullable Agreement inDouble) {

    /**
     * One contender.
     *
     * @param medianMillis,minMillis,maxMillis a step, over all rounds
     * @param processBytes the highest resident bytes over those before the first step: the lowest of all rounds
     * @param peakBytes,reservedPeakBytes of the ledger and the pool; null for a peer
     * @param isPeer whether it is the other library; its name tells readers of the file
     */
    public record Row(
            String contender,
            double medianMillis,
            double minMillis,
            double maxMillis,
            @Nullable Long processBytes,
            @Nullable Long peakBytes,
            @Nullable Long reservedPeakBytes,
            @JsonIgnore boolean isPeer) {

        static Row of(Contender contender, List<BenchRun> runs) {
            List<Double> millis =
                    runs.stream().flatMap(run -> run.millis().stream()).sorted().toList();
            BenchRun last = runs.get(runs.size() - 1);
            return new Row(
                    contender.name(),
                    millis.get(millis.size() / 2),
                    millis.get(0),
                    millis.get(millis.size() - 1),
                    runs.stream()
                            .map(Row::growth)
                            .filter(Objects::nonNull)
                            .min(Comparator.naturalOrder())
                            .orElse(null),
                    last.peakBytes(),
                    last.reservedPeakBytes(),
                    contender.isPeer());
        }

        private static @Nullable Long growth(BenchRun run) {
            Long peak = run.processPeakBytes();
            Long base = run.processBaseBytes();
            return peak == null || base == null ? null : peak - base;
        }
    }

    /** The peer's shortest median. */
    Optional<Double> fastestPeer() {
        return ofPeer(Row::medianMillis);
    }

    /** The peer's least memory. */
    Optional<Double> leanestPeer() {
        return ofPeer(row -> row.processBytes() == null ? null : (double) row.processBytes());
    }

    private Optional<Double> ofPeer(Function<Row, @Nullable Double> figure) {
        Stream<Double> figures = rows.stream()
                .filter(Row::isPeer)
                .map(figure)
                .filter(Objects::nonNull)
                .map(Objects::requireNonNull);
        return figures.min(Comparator.naturalOrder());
    }
}
