package org.backpropaganda.experiments.fit;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.backpropaganda.experiments.UserException;

/**
 * The largest batches of which a training step fits into given numbers of bytes, for a few models in a few arrangements, and
 * real steps that prove some of them.
 *
 * <pre>{@code
 * WhatFits asked = new WhatFits(List.of(1L << 30, 2L << 30), WhatFits.known(), 2, 2);
 * String document = asked.answer((what, done, of) -> System.err.println(what)).toMarkdown();
 * }</pre>
 *
 * @param budgets in bytes, ascending
 * @param models by name
 * @param threads of kernels, which decide what these take beside tensors
 * @param proofs how many cells are proved, each by a real step in an engine that has the budget
 */
public record WhatFits(List<Long> budgets, List<String> models, int threads, int proofs) {
    private static final long LARGEST = 1 << 20;

    /** Hears what is looked at. */
    @FunctionalInterface
    public interface Progress {
        /** Of {@code of} rows or proofs, {@code done} are done. */
        void at(String what, int done, int of);
    }

    /**
     * Checks the question.
     *
     * @throws UserException that says what cannot be asked
     */
    public WhatFits {
        budgets = List.copyOf(budgets);
        models = List.copyOf(models);
        if (budgets.isEmpty() || models.isEmpty()) {
            throw new UserException("what fits: there is no budget or no model; give at least one of each");
        }
        models.forEach(SizedModels::find);
        int most = 2 * models.size();
        if (proofs < 0 || proofs > most) {
            throw new UserException("proofs " + proofs + " is not within 0 and " + most
                    + ": for each model the planner with and without techniques that have to be allowed");
        }
    }

    /** The models that there are, by name. */
    public static List<String> known() {
        return SizedModels.all().stream().map(SizedModel::name).toList();
    }

    /**
     * The table of a model.
     *
     * @param rows an arrangement each
     */
    record Table(SizedModel model, List<Row> rows) {}

    /**
     * The line of a table.
     *
     * @param cells a budget each
     */
    record Row(Arrangement arrangement, List<LargestThatFits> cells) {}

    /**
     * Looks for all cells on shapes alone, then makes the steps that prove some.
     *
     * @throws IllegalStateException if a real step takes other bytes than was told
     */
    public WhatFitsAnswer answer(Progress progress) {
        List<Table> tables = new ArrayList<>();
        for (String name : models) {
            tables.add(table(SizedModels.find(name), progress));
        }
        return new WhatFitsAnswer(this, tables, proofs(tables, progress));
    }

    private Table table(SizedModel model, Progress progress) {
        List<Arrangement> arrangements = Arrangement.of(model, threads);
        List<Row> rows = new ArrayList<>();
        for (Arrangement arrangement : arrangements) {
            progress.at(model.name(), rows.size(), arrangements.size());
            rows.add(row(model, arrangement));
        }
        progress.at(model.name(), rows.size(), arrangements.size());
        return new Table(model, rows);
    }

    /** Bytes of a batch are the same whatever the budget. */
    Row row(SizedModel model, Arrangement arrangement) {
        Map<Long, Long> known = new HashMap<>();
        return new Row(
                arrangement,
                budgets.stream()
                        .map(budget -> LargestThatFits.search(
                                batch -> known.computeIfAbsent(
                                        batch, size -> arrangement.peakBytes(model, size, threads)),
                                budget,
                                arrangement.smallestBatch(),
                                LARGEST))
                        .toList());
    }

    /** Of the planners' rows the cell of the smallest budget that something fits into: those of exact techniques first. */
    private List<StepProof> proofs(List<Table> tables, Progress progress) {
        List<StepProof> proved = new ArrayList<>();
        for (boolean exact : new boolean[] {true, false}) {
            for (Table table : tables) {
                for (Row row : table.rows()) {
                    Arrangement arrangement = row.arrangement();
                    if (proved.size() < proofs
                            && arrangement.isPlanned()
                            && arrangement.allowed().isEmpty() == exact) {
                        progress.at("proofs", proved.size(), proofs);
                        proved.add(proof(table.model(), row));
                    }
                }
            }
        }
        return proved;
    }

    private StepProof proof(SizedModel model, Row row) {
        for (int i = 0; i < budgets.size(); i++) {
            LargestThatFits cell = row.cells().get(i);
            if (cell.size().isPresent()) {
                return StepProof.of(
                        model, row.arrangement(), budgets.get(i), cell.size().getAsLong(), threads);
            }
        }
        throw new UserException("nothing of " + model.name() + " fits into " + budgets.get(budgets.size() - 1)
                + " bytes, so that there is no step to prove; give a larger budget, or --prove 0");
    }
}
