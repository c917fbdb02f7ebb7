package org.backpropaganda.experiments.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.concurrent.Callable;
import org.backpropaganda.checkpointing.planner.PlanSurvey;
import org.backpropaganda.experiments.UserException;
import org.backpropaganda.experiments.fit.LargestThatFits;
import org.backpropaganda.experiments.page.ReportPage;
import org.backpropaganda.experiments.report.PlanFiles;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;

/** The fastest training step within a budget of bytes: of a model, or of a chain that is given as numbers. */
@Command(
        name = "plan",
        description = "Finds the fastest training step within a budget of bytes, over all techniques at once.",
        mixinStandardHelpOptions = true)
final class PlanCommand implements Callable<Integer> {
    @Mixin
    private RunOptions options = new RunOptions();

    @Option(
            names = "--chain",
            paramLabel = "FILE",
            description = "JSON of a chain of blocks, which is solved in the place of a model")
    private @Nullable Path chain;

    @Option(
            names = "--levels",
            paramLabel = "N",
            description =
                    "of --chain: replays nested so deep at most; as the file says by default, or 1 and 2 if nothing"
                            + " fits")
    private @Nullable Integer levels;

    @Option(
            names = "--largest",
            paramLabel = "batch|depth|width",
            description = "tell the largest batch, depth or width that fits, and plan that")
    private @Nullable String largest;

    @Option(
            names = "--measured",
            description = "plan by times that are measured in steps within the budget; counted from shapes by default")
    private boolean measured;

    @Option(names = "--json", description = "print one JSON object")
    private boolean json;

    @Option(
            names = "--out",
            paramLabel = "DIR",
            defaultValue = "runs/plan",
            description = "where plan.json, frontier.json and frontier.png of a model go")
    private Path out = Path.of("");

    @CommandLine.Spec
    private @Nullable CommandSpec spec;

    @Override
    public Integer call() throws IOException {
        long budget = options.budgetBytes()
                .orElseThrow(() -> new UserException(
                        "plan: no --budget is given; give bytes, or a number with a unit, as --budget 200MiB"));
        PrintWriter printer = Objects.requireNonNull(spec).commandLine().getOut();
        if (chain != null) {
            planChain(chain, budget, printer);
        } else {
            planModel(budget, printer);
        }
        printer.flush();
        return 0;
    }

    private void planChain(Path file, long budget, PrintWriter printer) {
        if (largest != null) {
            throw new UserException("largest is for models; a chain has no batch, depth or width");
        }
        ChainPlan plan = ChainPlan.of(file, budget, levels());
        if (json) {
            plan.printJson(printer);
        } else {
            plan.print(printer);
        }
    }

    private OptionalInt levels() {
        if (levels == null) {
            return OptionalInt.empty();
        }
        if (levels < 0) {
            throw new UserException("levels " + levels + " is below 0");
        }
        return OptionalInt.of(levels);
    }

    private void planModel(long budget, PrintWriter printer) throws IOException {
        if (levels != null) {
            throw new UserException("levels is for a --chain; of a model they follow from the budget");
        }
        ModelPlan plan = new ModelPlan(options.config(), budget);
        if (largest != null) {
            LargestThatFits found = plan.largest(largest);
            long size = found.size()
                    .orElseThrow(() -> new UserException("no " + largest + " fits into " + budget
                            + " bytes: the least is " + found.nextBytes().orElseThrow()));
            plan = plan.sized(largest, size);
            if (!json) {
                printer.println("largest " + largest + ": " + size + ", in "
                        + found.bytes().orElseThrow() + " bytes");
            }
        }
        PlanSurvey survey = measured ? plan.measuredSurvey() : plan.survey();
        ReportPage page = Pages.plan(survey, plan.config(), Typed.command(spec));
        if (json) {
            PlanFiles.write(survey, page, out);
            printer.println(PlanFiles.json(survey));
        } else {
            ModelPlan.print(survey, page, out, printer);
        }
    }
}
