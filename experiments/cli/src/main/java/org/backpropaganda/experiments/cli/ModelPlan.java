package org.backpropaganda.experiments.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Locale;
import java.util.function.Function;
import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.backpropaganda.checkpointing.planner.InfeasibleBudgetException;
import org.backpropaganda.checkpointing.planner.Plan;
import org.backpropaganda.checkpointing.planner.PlanSurvey;
import org.backpropaganda.checkpointing.planner.Planner;
import org.backpropaganda.experiments.UserException;
import org.backpropaganda.experiments.fit.LargestThatFits;
import org.backpropaganda.experiments.model.ModelPlanner;
import org.backpropaganda.experiments.model.ModelSpec;
import org.backpropaganda.experiments.page.ReportPage;
import org.backpropaganda.experiments.report.PlanFiles;
import org.backpropaganda.experiments.run.RunConfig;
import org.backpropaganda.experiments.run.TrainingData;

/** Plans of models, on shapes alone: no data is read but for its shape, and no weight is drawn. */
final class ModelPlan {
    private static final double MEBIBYTE = 1 << 20;
    private static final int MEASURED_STEPS = 5;
    private static final long LARGEST = 1 << 20;

    private final RunConfig config;
    private final String[] allowed;
    private final long budgetBytes;

    ModelPlan(RunConfig config, long budgetBytes) {
        this.config = config;
        this.budgetBytes = budgetBytes;
        String allow = config.machine().allow();
        this.allowed = allow == null ? new String[0] : allow.split(",", -1);
    }

    /** The run that is planned. */
    RunConfig config() {
        return config;
    }

    /** The plan of another size. */
    ModelPlan sized(String what, long size) {
        return new ModelPlan(config.sized(what, (int) size), budgetBytes);
    }

    /** What a planner has to tell. */
    PlanSurvey survey() {
        return planning(config, Planner::survey);
    }

    /** What a planner has to tell by times that were measured in steps of the model. */
    PlanSurvey measuredSurvey() {
        ModelSpec spec = TrainingData.specOf(config);
        try (Engine engine = Engine.builder()
                        .threads(config.threads())
                        .memoryBudgetBytes(budgetBytes)
                        .build();
                TensorScope scope = engine.scope("")) {
            return planner(config, spec, scope).measured(scope, MEASURED_STEPS).survey();
        } catch (InfeasibleBudgetException e) {
            throw new UserException(String.valueOf(e.getMessage()));
        }
    }

    private Planner planner(RunConfig run, ModelSpec spec, TensorScope scope) {
        return ModelPlanner.of(spec, run.step(spec), run.words(), scope)
                .allow(allowed)
                .budgetBytes(budgetBytes);
    }

    private <R> R planning(RunConfig run, Function<Planner, R> use) {
        ModelSpec spec = TrainingData.specOf(run);
        try (Engine engine =
                Engine.builder().threads(run.threads()).withoutMemory().build()) {
            return use.apply(planner(run, spec, engine.scope("")));
        } catch (IllegalArgumentException e) {
            throw new UserException(String.valueOf(e.getMessage()));
        }
    }

    /** Prints a plan, or says that there is none. */
    static void print(PlanSurvey survey, ReportPage page, Path out, PrintWriter printer) throws IOException {
        PlanFiles.write(survey, page, out);
        Plan fastest = survey.fastest();
        if (fastest == null) {
            throw infeasible(survey.budgetBytes(), survey.leastBytes(), survey.bindingBlock());
        }
        printer.print(fastest);
        printer.println("frontier (peak MiB, time, plain = 1):");
        for (Plan plan : survey.frontier()) {
            printer.println(line("", plan));
        }
        printer.println("alone:");
        for (Plan plan : survey.alone()) {
            printer.println(line(PlanFiles.nameOf(plan), plan));
        }
        survey.refused().forEach((name, why) -> printer.println(name + " cannot be used: " + why));
        printer.println("reports: " + out.resolve("frontier.json"));
        printer.println("page: " + out.resolve(ReportPage.FILE));
        printer.flush();
    }

    private static String line(String name, Plan plan) {
        return String.format(
                        Locale.ROOT,
                        "%10.2f  %6.3f  %s",
                        plan.predictedPeakBytes() / MEBIBYTE,
                        (double) plan.time() / Math.max(1, plan.figures().plainTime()),
                        name)
                .stripTrailing();
    }

    private static UserException infeasible(long budget, long least, String block) {
        return new UserException("no step fits into " + budget + " bytes: the least is " + least + ", which " + block
                + " sets; give more, allow more techniques, or take a smaller --batch");
    }

    /**
     * The largest batch, depth or width of which a step fits.
     *
     * @param what one of these words
     */
    LargestThatFits largest(String what) {
        return LargestThatFits.search(
                size -> planning(config.sized(what, (int) size), Planner::leastBytes),
                budgetBytes,
                what.equals("batch") ? 2 : 1,
                LARGEST);
    }
}
