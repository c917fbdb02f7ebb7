package org.backpropaganda.experiments.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.backpropaganda.experiments.report.Columns;
import org.backpropaganda.experiments.report.Environment;
import org.jspecify.annotations.Nullable;

/**
 * What a benchmark leaves: {@code bench.json}.
 *
 * @param peer the other library, or null
 */
public record BenchReport(
        int schema, Environment environment, @Nullable String peer, int rounds, List<BenchResult> workloads) {
    private static final List<String> HEADER = List.of(
            "contender", "ms/step", "min", "max", "× plain", "× peer", "process MiB", "× peer", "peak MiB", "reserved");

    /** A table of one workload. */
    public static String table(BenchResult result) {
        double plain = result.rows().get(0).medianMillis();
        List<List<String>> rows = new ArrayList<>();
        rows.add(HEADER);
        for (BenchResult.Row row : result.rows()) {
            Optional<Double> fastest = result.fastestPeer();
            Optional<Double> leanest = result.leanestPeer();
            Long process = row.processBytes();
            rows.add(List.of(
                    row.contender(),
                    format("%.3f", row.medianMillis()),
                    format("%.3f", row.minMillis()),
                    format("%.3f", row.maxMillis()),
                    format("%.2f", row.medianMillis() / plain),
                    fastest.map(f -> format("%.2f", row.medianMillis() / f)).orElse("-"),
                    process == null ? "-" : "+" + mebibytes(process),
                    process == null
                            ? "-"
                            : leanest.map(f -> format("%.2f", process / f)).orElse("-"),
                    row.peakBytes() == null ? "-" : mebibytes(row.peakBytes()),
                    row.reservedPeakBytes() == null ? "-" : mebibytes(row.reservedPeakBytes())));
        }
        StringBuilder text = new StringBuilder(result.workload()).append(System.lineSeparator());
        text.append(Columns.of(rows));
        text.append(agreement("float", result.inFloat())).append(agreement("double", result.inDouble()));
        return text.append(System.lineSeparator()).toString();
    }

    static String agreement(String dtype, @Nullable Agreement agreement) {
        return agreement == null
                ? ""
                : format(
                        "same weights and batch, in %s: losses differ by %s, gradients of %d parameters by up to %s%n",
                        dtype,
                        error(agreement.lossError()),
                        agreement.parameters(),
                        error(agreement.maxRelativeError())
                                + (Double.isFinite(agreement.maxRelativeError())
                                        ? ""
                                        : " (" + agreement.worstParameter() + ")"));
    }

    private static String error(double error) {
        return Double.isFinite(error) ? format("%.1e", error) : "what is not finite";
    }

    private static String mebibytes(long bytes) {
        return format("%.1f", bytes / 1048576.0);
    }

    private static String format(String pattern, Object... values) {
        return String.format(Locale.ROOT, pattern, values);
    }
}
