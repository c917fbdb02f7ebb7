package org.backpropaganda.experiments.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.backpropaganda.experiments.run.RunResult;

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
            "flips",
            "loss",
            "accuracy");

    private TextTable() {}

    /** The runs as lines of equal width. */
    public static String of(List<RunResult> runs) {
        List<List<String>> rows = new ArrayList<>();
        rows.add(HEADER);
        double base = runs.stream()
                .filter(run -> run.strategy().equals("plain"))
                .mapToDouble(run -> run.stepMillis().median())
                .findFirst()
                .orElse(Double.NaN);
        runs.forEach(run -> rows.add(row(run, base)));
        int[] widths = new int[HEADER.size()];
        for (List<String> row : rows) {
            for (int i = 0; i < widths.length; i++) {
                widths[i] = Math.max(widths[i], row.get(i).length());
            }
        }
        StringBuilder text = new StringBuilder();
        for (List<String> row : rows) {
            for (int i = 0; i < widths.length; i++) {
                String pad = " ".repeat(widths[i] - row.get(i).length());
                text.append(i == 0 ? row.get(i) + pad : "  " + pad + row.get(i));
            }
            text.append(System.lineSeparator());
        }
        return text.toString();
    }

    private static List<String> row(RunResult run, double base) {
        RunResult.GradientFidelity gradient = run.gradient();
        Long peak = run.processPeakBytes();
        Long start = run.processBaseBytes();
        Double error = gradient == null ? null : gradient.maxRelativeError();
        return List.of(
                run.strategy(),
                mebibytes(run.savedActivationBytes()),
                mebibytes(run.peakActivationBytes()),
                mebibytes(run.peakBytes()),
                peak == null || start == null ? "-" : "+" + mebibytes(peak - start),
                format("%.1f", run.stepMillis().median()),
                Double.isNaN(base) ? "-" : format("%.2f", run.stepMillis().median() / base),
                format("%.1f", run.forwardEvaluations()),
                error == null ? "-" : format("%.1e", error),
                gradient == null ? "-" : Long.toString(gradient.flippedSigns()),
                format("%.3f", run.lossLast()),
                format("%.1f%%", 100 * run.testAccuracy()));
    }

    private static String mebibytes(long bytes) {
        return format("%.1f", bytes / 1048576.0);
    }

    private static String format(String pattern, Object... values) {
        return String.format(Locale.ROOT, pattern, values);
    }
}
