package org.backpropaganda.experiments.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.backpropaganda.experiments.run.RunResult;
import org.jspecify.annotations.Nullable;

/** The table that a comparison prints. */
public final class TextTable {
    private static final List<String> HEADER = List.of(
            "strategy",
            "saved MiB",
            "peak act. MiB",
            "peak MiB",
            "process MiB",
            "ms/step",
            "× time",
            "evals",
            "grad. error",
            "differing",
            "flips",
            "loss",
            "accuracy");

    private TextTable() {}

    /** The runs as lines of equal width. */
    public static String of(List<RunResult> runs) {
        boolean planned = runs.stream().anyMatch(run -> run.predictedPeakBytes() != null);
        List<List<String>> rows = new ArrayList<>();
        rows.add(with(planned, HEADER, "predicted MiB"));
        double base = runs.stream()
                .filter(run -> run.strategy().equals("plain"))
                .mapToDouble(run -> run.stepMillis().median())
                .findFirst()
                .orElse(Double.NaN);
        runs.forEach(run -> rows.add(with(planned, row(run, base), predicted(run))));
        return Columns.of(rows);
    }

    /** What a plan said of the peak, beside the peak that was measured. */
    private static List<String> with(boolean planned, List<String> row, String prediction) {
        List<String> more = new ArrayList<>(row);
        if (planned) {
            more.add(HEADER.indexOf("peak MiB") + 1, prediction);
        }
        return more;
    }

    private static String predicted(RunResult run) {
        Long bytes = run.predictedPeakBytes();
        return bytes == null ? "-" : mebibytes(bytes);
    }

    private static List<String> row(RunResult run, double base) {
        RunResult.GradientFidelity gradient = run.gradient();
        Long peak = run.processPeakBytes();
        Long start = run.processBaseBytes();
        return List.of(
                run.strategy(),
                mebibytes(run.savedActivationBytes()),
                mebibytes(run.peakActivationBytes()),
                mebibytes(run.peakBytes()),
                peak == null || start == null ? "-" : "+" + mebibytes(peak - start),
                format("%.1f", run.stepMillis().median()),
                Double.isNaN(base) ? "-" : format("%.2f", run.stepMillis().median() / base),
                format("%.1f", run.forwardEvaluations()),
                error(gradient),
                gradient == null ? "-" : Long.toString(gradient.differingElements()),
                gradient == null ? "-" : Long.toString(gradient.flippedSigns()),
                run.lossLast() == null ? "not finite" : format("%.3f", run.lossLast()),
                run.testAccuracy() == null ? "not finite" : format("%.1f%%", 100 * run.testAccuracy()));
    }

    private static String error(RunResult.@Nullable GradientFidelity gradient) {
        if (gradient == null || gradient.worstParameter() == null) {
            return "-";
        }
        Double error = gradient.maxRelativeError();
        return error == null ? "not finite" : format("%.1e", error);
    }

    private static String mebibytes(long bytes) {
        return format("%.1f", bytes / 1048576.0);
    }

    private static String format(String pattern, Object... values) {
        return String.format(Locale.ROOT, pattern, values);
    }
}
