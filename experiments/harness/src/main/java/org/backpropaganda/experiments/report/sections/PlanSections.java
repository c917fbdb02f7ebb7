package org.backpropaganda.experiments.report.sections;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.backpropaganda.checkpointing.planner.Plan;
import org.backpropaganda.checkpointing.planner.PlanSurvey;
import org.backpropaganda.experiments.page.Axis;
import org.backpropaganda.experiments.page.Block;
import org.backpropaganda.experiments.page.Column;
import org.backpropaganda.experiments.page.Curve;
import org.backpropaganda.experiments.page.Format;
import org.backpropaganda.experiments.page.Lines;
import org.backpropaganda.experiments.page.Section;
import org.backpropaganda.experiments.page.Table;
import org.backpropaganda.experiments.page.Tiles;
import org.backpropaganda.experiments.page.Words;
import org.backpropaganda.experiments.report.PlanFiles;
import org.jspecify.annotations.Nullable;

/** The sections of {@code plan}. */
public final class PlanSections {
    private PlanSections() {}

    /** Of what a planner has to tell. */
    public static List<Section> of(PlanSurvey survey) {
        return List.of(plan(survey), frontier(survey));
    }

    private static Section plan(PlanSurvey survey) {
        Plan fastest = survey.fastest();
        List<Tiles.Tile> tiles = new ArrayList<>();
        tiles.add(new Tiles.Tile("Budget", survey.budgetBytes(), Format.BYTES, "live bytes of all kinds"));
        if (fastest != null) {
            tiles.add(new Tiles.Tile(
                    "Predicted peak", fastest.predictedPeakBytes(), Format.BYTES, "exact, on shapes alone"));
            tiles.add(new Tiles.Tile("Time", time(fastest), Format.RATIO, "plain takes 1"));
        }
        tiles.add(new Tiles.Tile(
                "Least that a step needs",
                survey.leastBytes(),
                Format.BYTES,
                survey.bindingBlock().isEmpty() ? "" : "set by " + survey.bindingBlock()));
        List<Block> blocks = new ArrayList<>(List.of(new Tiles(tiles)));
        if (fastest == null) {
            blocks.add(new Words("", List.of("No step fits into the budget."), false));
        } else {
            blocks.add(table(fastest));
        }
        return new Section(
                "plan",
                "The plan, block by block",
                "What is done with each block: bars are what it holds from forward to its backward, and its share of the time.",
                blocks);
    }

    private static Table table(Plan plan) {
        double all = Math.max(1, plan.time());
        List<List<@Nullable Object>> rows = new ArrayList<>();
        plan.rows()
                .forEach(row -> rows.add(
                        Table.row(row.block(), row.technique(), row.heldBytes(), row.time() / all, row.why())));
        return new Table(
                "Technique, bytes held and time of each block",
                List.of(
                        Column.words("block"),
                        Column.words("technique"),
                        Column.bars("held", Format.BYTES),
                        Column.bars("time", Format.PERCENT),
                        Column.words("why")),
                rows);
    }

    private static Section frontier(PlanSurvey survey) {
        Plan fastest = survey.fastest();
        List<Curve> curves = new ArrayList<>();
        if (!survey.frontier().isEmpty()) {
            curves.add(curve("planned", Curve.Style.STEP, survey.frontier()));
        }
        survey.alone().forEach(plan -> curves.add(curve(PlanFiles.nameOf(plan), Curve.Style.POINTS, List.of(plan))));
        if (fastest != null) {
            curves.add(curve("you are here", Curve.Style.HERE, List.of(fastest)));
        }
        List<Block> blocks = new ArrayList<>();
        if (!curves.isEmpty()) {
            blocks.add(new Lines(
                    "Time of a step by the bytes that it may have",
                    Axis.linear("peak", Format.BYTES),
                    Axis.linear("time, plain = 1", Format.RATIO),
                    curves));
            blocks.add(alternatives(survey));
        }
        if (!survey.refused().isEmpty()) {
            blocks.add(new Words(
                    "Techniques that cannot be used",
                    survey.refused().entrySet().stream()
                            .map(each -> each.getKey() + ": " + each.getValue())
                            .sorted()
                            .toList(),
                    false));
        }
        return new Section(
                "frontier",
                "The frontier",
                "No plan has fewer bytes and less time than one of the frontier. Points are single techniques over the whole model.",
                blocks);
    }

    private static Curve curve(String name, Curve.Style style, List<Plan> plans) {
        List<Plan> rising = plans.stream()
                .sorted(Comparator.comparingLong(Plan::predictedPeakBytes))
                .toList();
        return new Curve(
                name,
                style,
                rising.stream().map(Plan::predictedPeakBytes).toList(),
                rising.stream().map(PlanSections::time).toList());
    }

    private static Table alternatives(PlanSurvey survey) {
        List<List<@Nullable Object>> rows = new ArrayList<>();
        Stream.concat(
                        survey.frontier().stream()
                                .map(plan -> Table.row("planned", plan.predictedPeakBytes(), time(plan))),
                        survey.alone().stream()
                                .map(plan -> Table.row(PlanFiles.nameOf(plan), plan.predictedPeakBytes(), time(plan))))
                .forEach(rows::add);
        return new Table(
                "The frontier's plans, and single techniques",
                List.of(
                        Column.words("plan"),
                        Column.bars("peak", Format.BYTES),
                        Column.bars("time, plain = 1", Format.RATIO)),
                rows);
    }

    private static double time(Plan plan) {
        return (double) plan.time() / Math.max(1, plan.figures().plainTime());
    }
}
