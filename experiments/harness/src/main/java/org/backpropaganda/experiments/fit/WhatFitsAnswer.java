package org.backpropaganda.experiments.fit;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** The largest batches that fit, as a document. */
public final class WhatFitsAnswer {
    private static final List<String> UNITS = List.of("GiB", "MiB", "KiB");

    private final WhatFits asked;
    private final List<WhatFits.Table> tables;
    private final List<StepProof> proofs;

    WhatFitsAnswer(WhatFits asked, List<WhatFits.Table> tables, List<StepProof> proofs) {
        this.asked = asked;
        this.tables = List.copyOf(tables);
        this.proofs = List.copyOf(proofs);
    }

    /** The document in Markdown. */
    public String toMarkdown() {
        List<String> lines = new ArrayList<>(List.of(
                "# What fits",
                "",
                "The largest batch of which a training step fits into a number of bytes. This page is written by",
                "",
                "```sh",
                command(),
                "```",
                "",
                "## What is counted",
                "",
                "All bytes of the ledger at the peak of a step: parameters and buffers, their gradients, the state of the"
                        + " optimizer, the batch and its labels, whatever is kept for backward or passes through, and what"
                        + " kernels take beside tensors, with " + asked.threads()
                        + (asked.threads() == 1 ? " thread." : " threads.")
                        + " Not counted: the JVM itself, compiled kernels, and pages that the pool keeps for reuse. What"
                        + " kernels take depends on the processor: on another one a cell may differ by one.",
                "",
                "Each cell comes from steps on shapes alone, in an engine without memory. It is the largest batch in this"
                        + " sense: a step of it fits, and one of one more does not. Where the smallest does not fit, the cell"
                        + " tells the bytes that it needs. `plain` to `pieces:4` are techniques alone; the planner's rows are of the"
                        + " leanest step that it finds among all techniques that are exact, or among these and those that it was"
                        + " allowed. A technique that has no row does not fit the model."));
        tables.forEach(table -> lines.addAll(linesOf(table)));
        if (!proofs.isEmpty()) {
            lines.addAll(proofLines());
        }
        return lines.stream().collect(Collectors.joining("\n", "", "\n"));
    }

    private String command() {
        return "./backprop what-fits --budgets "
                + asked.budgets().stream().map(bytes -> size(bytes, "")).collect(Collectors.joining(",")) + " --models "
                + String.join(",", asked.models()) + " --threads " + asked.threads() + " --prove " + asked.proofs()
                + " --out docs/what-fits.md";
    }

    private List<String> linesOf(WhatFits.Table table) {
        List<String> lines = new ArrayList<>(List.of(
                "",
                "## " + table.model().title(),
                "",
                table.model().description(),
                "",
                "| |"
                        + asked.budgets().stream()
                                .map(bytes -> " " + size(bytes, " ") + " |")
                                .collect(Collectors.joining()),
                "|---|" + "---:|".repeat(asked.budgets().size())));
        for (WhatFits.Row row : table.rows()) {
            lines.add("| " + row.arrangement().label() + " |"
                    + row.cells().stream().map(WhatFitsAnswer::cell).collect(Collectors.joining()));
        }
        return lines;
    }

    private static String cell(LargestThatFits found) {
        if (found.size().isPresent()) {
            return " " + number(found.size().getAsLong()) + " |";
        }
        return " needs " + number(found.nextBytes().orElseThrow()) + " bytes |";
    }

    private List<String> proofLines() {
        List<String> lines = new ArrayList<>(List.of(
                "",
                "## Proofs",
                "",
                "Real training steps of the planner's cells, in an engine that refuses whatever exceeds the budget. The peak is"
                        + " the ledger's, from the making of the model to the end of the second step; if it were not the plan's to"
                        + " the byte, this page would not have been written.",
                "",
                "| model | arrangement | budget | batch | bytes that the plan told | peak of the ledger |",
                "|---|---|---:|---:|---:|---:|"));
        for (StepProof proof : proofs) {
            lines.add("| " + proof.model().title() + " | " + proof.arrangement().label() + " | "
                    + size(proof.budgetBytes(), " ") + " | " + number(proof.batch()) + " | "
                    + number(proof.predictedBytes()) + " | " + number(proof.measuredBytes()) + " |");
        }
        return lines;
    }

    private static String number(long value) {
        return String.format(Locale.ROOT, "%,d", value);
    }

    /** Bytes in the largest unit that they are a multiple of. */
    private static String size(long bytes, String between) {
        for (int i = 0; i < UNITS.size(); i++) {
            long unit = 1L << (10 * (UNITS.size() - i));
            if (bytes % unit == 0) {
                return bytes / unit + between + UNITS.get(i);
            }
        }
        return bytes + between + "B";
    }
}
