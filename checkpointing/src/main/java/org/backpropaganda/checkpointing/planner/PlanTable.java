package org.backpropaganda.checkpointing.planner;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** A plan in columns. */
final class PlanTable {
    private static final double MEBIBYTE = 1 << 20;

    private PlanTable() {}

    static String of(Plan plan) {
        List<List<String>> lines = new ArrayList<>();
        lines.add(List.of("block", "technique", "held MiB", "time %", "why"));
        long all = Math.max(1, plan.time());
        for (PlanRow row : plan.rows()) {
            lines.add(List.of(
                    row.block(),
                    row.technique(),
                    mebibytes(row.heldBytes()),
                    String.format(Locale.ROOT, "%.1f", 100.0 * row.time() / all),
                    row.why()));
        }
        StringBuilder text = new StringBuilder();
        int[] widths = new int[lines.get(0).size()];
        lines.forEach(line -> {
            for (int i = 0; i < widths.length; i++) {
                widths[i] = Math.max(widths[i], line.get(i).length());
            }
        });
        for (List<String> line : lines) {
            StringBuilder row = new StringBuilder();
            for (int i = 0; i < widths.length; i++) {
                String cell = line.get(i);
                String space = " ".repeat(widths[i] - cell.length());
                boolean number = i == 2 || i == 3;
                row.append(i == 0 ? "" : "  ").append(number ? space + cell : cell + space);
            }
            text.append(row.toString().stripTrailing()).append('\n');
        }
        Plan.Figures figures = plan.figures();
        return text.append(String.format(
                        Locale.ROOT,
                        "peak %s MiB%s, plain %s MiB; %.3f of plain's time%n",
                        mebibytes(figures.peakBytes()),
                        figures.budgetBytes() == Long.MAX_VALUE
                                ? ""
                                : " of " + mebibytes(figures.budgetBytes()) + " MiB",
                        mebibytes(figures.plainPeakBytes()),
                        (double) figures.time() / Math.max(1, figures.plainTime())))
                .toString();
    }

    private static String mebibytes(long bytes) {
        return String.format(Locale.ROOT, "%.2f", bytes / MEBIBYTE);
    }
}
