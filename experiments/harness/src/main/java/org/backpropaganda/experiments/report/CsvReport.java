package org.backpropaganda.experiments.report;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.backpropaganda.experiments.run.RunResult;
import org.backpropaganda.experiments.run.Timeline;
import org.jspecify.annotations.Nullable;

/** {@code report.csv}: a line a run, with the names of {@code report.json}, nested ones joined by dots. */
final class CsvReport {
    private CsvReport() {}

    static List<String> lines(List<RunResult> runs) {
        boolean offloads = runs.stream().anyMatch(run -> run.offloadedPeakBytes() != null);
        List<String> lines = new ArrayList<>();
        for (RunResult run : runs) {
            Map<String, @Nullable Object> row = row(run, offloads);
            if (lines.isEmpty()) {
                lines.add(String.join(",", row.keySet()));
            }
            lines.add(String.join(
                    ",",
                    row.values().stream()
                            .map(v -> v == null ? "" : v.toString())
                            .toList()));
        }
        return lines;
    }

    private static Map<String, @Nullable Object> row(RunResult run, boolean offloads) {
        Map<String, @Nullable Object> row = new LinkedHashMap<>();
        row.put("strategy", run.strategy());
        row.put("model", run.model());
        row.put("coupling", run.coupling());
        row.put("depth", run.depth());
        row.put("batch", run.batch());
        row.put("savedActivationBytes", run.savedActivationBytes());
        row.put("peakActivationBytes", run.peakActivationBytes());
        row.put("peakBytes", run.peakBytes());
        Timeline.KINDS.forEach(
                kind -> row.put("peakByKind." + kind, run.peakByKind().getOrDefault(kind.name(), 0L)));
        row.put("reservedPeakBytes", run.reservedPeakBytes());
        if (offloads) {
            row.put("offloadedPeakBytes", run.offloadedPeakBytes());
        }
        row.put("primitiveBytes", run.primitiveBytes());
        row.put("parameterBytes", run.parameterBytes());
        row.put("syntheticStateBytes", run.syntheticStateBytes());
        row.put("processPeakBytes", run.processPeakBytes());
        row.put("processBaseBytes", run.processBaseBytes());
        row.put("stepMillis.median", run.stepMillis().median());
        row.put("stepMillis.min", run.stepMillis().min());
        row.put("stepMillis.max", run.stepMillis().max());
        row.put("forwardEvaluations", run.forwardEvaluations());
        row.put("abnPairs", run.abnPairs());
        RunResult.GradientFidelity gradient = run.gradient();
        row.put("gradient.maxRelativeError", gradient == null ? null : gradient.maxRelativeError());
        row.put("gradient.minCosine", gradient == null ? null : gradient.minCosine());
        row.put("gradient.worstParameter", gradient == null ? null : gradient.worstParameter());
        row.put("gradient.differingElements", gradient == null ? null : gradient.differingElements());
        row.put("gradient.flippedSigns", gradient == null ? null : gradient.flippedSigns());
        row.put("lossFirst", run.lossFirst());
        row.put("lossLast", run.lossLast());
        row.put("testAccuracy", run.testAccuracy());
        row.put("steps", run.steps());
        return row;
    }
}
