package org.backpropaganda.experiments.report.sections;

import java.util.List;
import java.util.Optional;
import org.backpropaganda.experiments.run.RunResult;

/**
 * A run as a page names it.
 *
 * @param name its strategy, with the comparison in front of it where the page shows several
 * @param comparison the name of its comparison; empty where the page shows one
 * @param result what it measured
 * @param timeline the lines of {@code timeline-STRATEGY.csv}; empty where there is none
 */
public record NamedRun(String name, String comparison, RunResult result, List<String> timeline) {
    /** A run of one of several comparisons. */
    public static NamedRun of(String comparison, RunResult result, List<String> timeline) {
        return new NamedRun(comparison + ": " + result.strategy(), comparison, result, timeline);
    }

    boolean isPlain() {
        return result.strategy().equals("plain");
    }

    /** Plain backpropagation in the same comparison. */
    Optional<NamedRun> plain(List<NamedRun> runs) {
        return runs.stream()
                .filter(run -> run.isPlain() && run.comparison().equals(comparison))
                .findFirst();
    }
}
