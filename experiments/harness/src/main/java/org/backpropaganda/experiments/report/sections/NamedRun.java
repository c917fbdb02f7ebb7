package org.backpropaganda.experiments.report.sections;

import java.util.List;
import org.backpropaganda.experiments.run.RunResult;

/**
 * A run as a page names it.
 *
 * @param name its strategy, with the comparison in front of it where the page shows two
 * @param result what it measured
 * @param timeline the lines of {@code timeline-STRATEGY.csv}; empty where there is none
 */
public record NamedRun(String name, RunResult result, List<String> timeline) {
    boolean isPlain() {
        return result.strategy().equals("plain");
    }
}
