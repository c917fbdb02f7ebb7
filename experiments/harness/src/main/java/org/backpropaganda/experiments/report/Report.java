package org.backpropaganda.experiments.report;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.ArrayList;
import java.util.List;
import org.backpropaganda.experiments.model.Strategy;
import org.backpropaganda.experiments.peak.Peak;
import org.backpropaganda.experiments.peak.PeakDifference;
import org.backpropaganda.experiments.run.RunConfig;
import org.backpropaganda.experiments.run.RunResult;

/**
 * {@code report.json}.
 *
 * @param schema of this file; 1
 * @param peakDifferences of each strategy's peak from plain's, attributed; absent without plain
 */
public record Report(
        int schema,
        RunConfig config,
        Environment environment,
        List<RunResult> runs,
        @JsonInclude(JsonInclude.Include.NON_EMPTY) List<PeakDifference> peakDifferences) {
    /** Takes differences that are absent for none. */
    public Report {
        peakDifferences = peakDifferences == null ? List.of() : List.copyOf(peakDifferences);
    }

    /** Of runs of one comparison, the differences from plain's peak found. */
    public Report(int schema, RunConfig config, Environment environment, List<RunResult> runs) {
        this(schema, config, environment, runs, differences(runs));
    }

    /** Of runs of one comparison, each strategy's peak against plain's; none without plain. */
    public static List<PeakDifference> differences(List<RunResult> runs) {
        String plain = Strategy.PLAIN.toString();
        Peak reference = runs.stream()
                .filter(run -> run.strategy().equals(plain))
                .findFirst()
                .map(RunResult::peak)
                .orElse(null);
        List<PeakDifference> found = new ArrayList<>();
        for (RunResult run : runs) {
            Peak peak = run.peak();
            if (reference != null && peak != null && !run.strategy().equals(plain)) {
                found.add(PeakDifference.between(plain, reference, run.strategy(), peak));
            }
        }
        return List.copyOf(found);
    }
}
