package org.backpropaganda.checkpointing.planner;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.nn.ParameterFactory;
import org.backpropaganda.autograd.technique.Part;
import org.backpropaganda.autograd.technique.TechniqueSettings;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.backpropaganda.checkpointing.plan.PlanStep;
import org.jspecify.annotations.Nullable;

/**
 * How each block of a model is executed in a training step, as a {@link Planner} found it: a table to print, JSON to keep, and
 * something to apply to the model. It names blocks by their paths and techniques by their terms, and holds nothing of the model.
 *
 * <pre>{@code
 * Files.writeString(path, plan.toJson());
 * PlannedModel planned = Plan.fromJson(Files.readString(path)).applyTo(model, scope);
 * Variable y = planned.module().call(x);
 * }</pre>
 */
public final class Plan {
    private final List<String> blocks;
    private final List<PlanStep> steps;
    private final List<String> ways;
    private final @Nullable String whole;
    private final Figures figures;
    private final List<PlanRow> rows;

    /**
     * What a plan costs.
     *
     * @param budgetBytes that it was made for; {@link Long#MAX_VALUE} for none
     * @param peakBytes the most that are live in a step, parameters and state of the optimizer included; exact
     * @param time of all ops of a step, in the unit of the cost model
     * @param plainPeakBytes what plain backpropagation has live at most
     * @param plainTime what that takes
     */
    public record Figures(long budgetBytes, long peakBytes, long time, long plainPeakBytes, long plainTime) {}

    Plan(
            List<String> blocks,
            List<PlanStep> steps,
            List<String> ways,
            @Nullable String whole,
            Figures figures,
            List<PlanRow> rows) {
        this.blocks = List.copyOf(blocks);
        this.steps = List.copyOf(steps);
        this.ways = List.copyOf(ways);
        this.whole = whole;
        this.figures = figures;
        this.rows = List.copyOf(rows);
    }

    /** What it costs. */
    public Figures figures() {
        return figures;
    }

    /** The most bytes that are live in a step, of all kinds: what the ledger counts. */
    public long predictedPeakBytes() {
        return figures.peakBytes;
    }

    /** The time of a step in the unit of the cost model that it was made with. */
    public long time() {
        return figures.time;
    }

    /** The blocks by their paths in the model, in the order of forward. */
    public List<String> blocks() {
        return blocks;
    }

    /** What is done with the blocks, in the order of forward; empty where one technique arranges the model as a whole. */
    public List<PlanStep> steps() {
        return steps;
    }

    /** The techniques that a block is executed by, joined by plus signs, by the block's number; {@code "store"} for none. */
    public List<String> ways() {
        return ways;
    }

    /** The one technique that arranges the model as a whole, as a strategy writes it, or null. */
    public @Nullable String whole() {
        return whole;
    }

    /** The table, block by block. */
    public List<PlanRow> rows() {
        return rows;
    }

    /**
     * Puts the model together as planned. The model itself stays as it is and shares its parameters and buffers with the
     * result, which has the same names, paths and random keys.
     *
     * @param scope lives as long as the result is used
     * @throws IllegalArgumentException if the model has other blocks than the one that was planned, by the first that differs
     */
    public PlannedModel applyTo(Module model, TensorScope scope) {
        return applyTo(
                Structure.of(model),
                new TechniqueSettings(new ParameterFactory(scope, DType.FLOAT, 0), Map.of()),
                scope);
    }

    /**
     * Puts a model together that describes its structure.
     *
     * @param settings of techniques
     * @param scope lives as long as the result is used
     * @throws IllegalArgumentException if the model has other blocks than the one that was planned, by the first that differs
     */
    public PlannedModel applyTo(Part structure, TechniqueSettings settings, TensorScope scope) {
        if (whole != null) {
            return PlannedModel.of(Ways.find(whole), structure, settings, scope);
        }
        Cuts cuts = Cuts.of(structure);
        requireSame(cuts.names());
        List<Way> parsed = ways.stream().map(Ways::parse).toList();
        return new PlannedModel(new Assembly(cuts, parsed, steps, Ways.all(), settings, scope));
    }

    private void requireSame(List<String> names) {
        int common = 0;
        while (common < Math.min(names.size(), blocks.size())
                && names.get(common).equals(blocks.get(common))) {
            common++;
        }
        if (common < Math.max(names.size(), blocks.size())) {
            throw new IllegalArgumentException("plan: block " + common + " of the model is "
                    + (common < names.size() ? names.get(common) : "not there") + ", and the plan has "
                    + (common < blocks.size() ? blocks.get(common) : "none there") + "; plan this model");
        }
    }

    /** What is done otherwise than in another plan of the same model, a line for each block; empty if nothing is. */
    public List<String> changesFrom(Plan other) {
        List<String> changes = new ArrayList<>();
        for (int i = 0; i < Math.max(rows.size(), other.rows.size()); i++) {
            String here =
                    i < rows.size() ? rows.get(i).block() + ": " + rows.get(i).technique() : "";
            String there = i < other.rows.size()
                    ? other.rows.get(i).block() + ": " + other.rows.get(i).technique()
                    : "";
            if (!here.equals(there)) {
                changes.add((there.isEmpty() ? "nothing" : there) + " → " + (here.isEmpty() ? "nothing" : here));
            }
        }
        return changes;
    }

    /** One JSON object, which {@link #fromJson} reads. */
    public String toJson() {
        return PlanJson.write(this);
    }

    /**
     * Reads what {@link #toJson} wrote.
     *
     * @throws IllegalArgumentException if the text is no plan; the message tells why
     */
    public static Plan fromJson(String json) {
        return PlanJson.read(json);
    }

    /** The table: block, technique, bytes held for backward, time, why. */
    @Override
    public String toString() {
        return PlanTable.of(this);
    }
}
