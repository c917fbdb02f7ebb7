package org.backpropaganda.experiments.cli;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.backpropaganda.checkpointing.plan.BlockChain;
import org.backpropaganda.checkpointing.plan.Frontier;
import org.backpropaganda.checkpointing.plan.PlanPoint;
import org.backpropaganda.checkpointing.plan.PlanSolver;
import org.backpropaganda.checkpointing.plan.PlanStep;
import org.backpropaganda.experiments.UserException;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/** The best plan of a chain that a file gives, within a budget. */
final class ChainPlan {
    /** Up to so many blocks, segments of any length are searched. */
    private static final int SHORT = 64;
    /** Points of a curve there: what chains of usual figures need, and a bound on those that double at each block. */
    private static final int POINTS = 4096;

    private final BlockChain chain;
    private final Frontier frontier;
    private final long budgetBytes;
    private final Optional<PlanPoint> best;

    private ChainPlan(BlockChain chain, Frontier frontier, long budgetBytes) {
        this.chain = chain;
        this.frontier = frontier;
        this.budgetBytes = budgetBytes;
        this.best = frontier.fastest(budgetBytes);
    }

    /**
     * Solves a chain.
     *
     * @param asked levels of nesting, before those that the file gives; where neither says, one, and a second if nothing fits
     */
    static ChainPlan of(Path file, long budgetBytes, OptionalInt asked) {
        ChainFile given = ChainFile.read(file);
        OptionalInt levels = asked.isPresent() ? asked : given.levels();
        PlanSolver usual = PlanSolver.defaults();
        PlanSolver solver = given.chain().size() > SHORT
                ? usual
                : usual.segments(SHORT, SHORT).points(POINTS);
        try {
            Frontier frontier = levels.isPresent()
                    ? solver.levels(levels.getAsInt()).solve(given.chain())
                    : solver.solve(given.chain(), budgetBytes);
            return new ChainPlan(given.chain(), frontier, budgetBytes);
        } catch (IllegalArgumentException e) {
            throw new UserException(file + ": " + e.getMessage());
        }
    }

    /** Prints one JSON object, whether anything fits or not. */
    void printJson(PrintWriter out) {
        Map<String, @Nullable Object> all = new LinkedHashMap<>();
        all.put("feasible", best.isPresent());
        all.put("leastBytes", frontier.leastBytes());
        all.put("bindingBlock", frontier.bindingName());
        all.put("time", best.map(PlanPoint::time).orElse(null));
        all.put("need", best.map(PlanPoint::need).orElse(null));
        all.put("levels", frontier.levels());
        all.put("exact", frontier.exact());
        all.put(
                "frontier",
                frontier.points().stream()
                        .map(point -> List.of(point.need(), point.time()))
                        .toList());
        all.put("plan", best.map(point -> json(point.plan())).orElse(null));
        out.print(JsonMapper.shared().writeValueAsString(all) + "\n");
        out.flush();
    }

    /**
     * Prints the plan for a reader.
     *
     * @throws UserException if nothing fits
     */
    void print(PrintWriter out) {
        PlanPoint point =
                best.orElseThrow(() -> new UserException("no plan fits " + budgetBytes + " bytes: the least is "
                        + frontier.leastBytes() + " bytes, which " + frontier.bindingName() + " sets"));
        out.print("time " + point.time() + ", at most " + point.need() + " bytes of " + budgetBytes + "\n");
        lines(point.plan(), "", out);
        out.print((frontier.exact() ? "the best" : "the best found") + " with " + frontier.levels()
                + (frontier.levels() == 1 ? " level" : " levels") + " of replays; least budget " + frontier.leastBytes()
                + " bytes, which " + frontier.bindingName() + " sets\n");
        out.flush();
    }

    private void lines(List<PlanStep> steps, String indent, PrintWriter out) {
        for (PlanStep step : steps) {
            if (step instanceof PlanStep.Save save) {
                out.print(indent + name(save.block()) + ": " + option(save) + "\n");
            } else if (step instanceof PlanStep.Replay replay) {
                out.print(indent + names(step) + ": computed again, as\n");
                lines(replay.steps(), indent + "  ", out);
            } else {
                out.print(indent + names(step) + ": reversed\n");
            }
        }
    }

    private List<Map<String, Object>> json(List<PlanStep> steps) {
        return steps.stream().map(this::json).toList();
    }

    private Map<String, Object> json(PlanStep step) {
        Map<String, Object> one = new LinkedHashMap<>();
        if (step instanceof PlanStep.Save save) {
            one.put("save", save.block());
            one.put("option", option(save));
        } else if (step instanceof PlanStep.Replay replay) {
            one.put("replay", List.of(replay.from(), replay.to()));
            one.put("plan", json(replay.steps()));
        } else {
            one.put("reverse", List.of(step.from(), step.to()));
        }
        return one;
    }

    private String option(PlanStep.Save save) {
        return chain.blocks().get(save.block()).options().get(save.option()).name();
    }

    private String names(PlanStep step) {
        return step.to() - step.from() == 1 ? name(step.from()) : name(step.from()) + " to " + name(step.to() - 1);
    }

    private String name(int block) {
        return chain.blocks().get(block).name();
    }
}
