package org.backpropaganda.experiments.report;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.backpropaganda.checkpointing.planner.Plan;
import org.backpropaganda.checkpointing.planner.PlanSurvey;
import org.backpropaganda.experiments.page.ReportPage;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** What is written of a plan: {@code plan.json} as it may be read again, {@code frontier.json}, {@code frontier.png} and the page. */
public final class PlanFiles {
    private static final JsonMapper MAPPER = JsonMapper.shared();

    private PlanFiles() {}

    /** How a report calls a plan: the technique that arranges the model, or that it is plain, or planned. */
    public static String nameOf(Plan plan) {
        if (plan.whole() != null) {
            return plan.whole();
        }
        if (plan.ways().stream().anyMatch(way -> !way.equals("store"))
                || plan.time() != plan.figures().plainTime()) {
            return "planned";
        }
        return plan.predictedPeakBytes() == plan.figures().plainPeakBytes() ? "plain" : "stored, as planned";
    }

    /** The survey as one JSON object: what was asked, what is the least, the plan, the frontier and each technique alone. */
    public static String json(PlanSurvey survey) {
        ObjectNode root = MAPPER.createObjectNode();
        Plan fastest = survey.fastest();
        root.put("feasible", fastest != null);
        root.put("budgetBytes", survey.budgetBytes());
        root.put("leastBytes", survey.leastBytes());
        root.put("bindingBlock", survey.bindingBlock());
        root.put("predictedPeakBytes", fastest == null ? null : fastest.predictedPeakBytes());
        root.put("time", fastest == null ? null : fastest.time());
        root.set("frontier", MAPPER.valueToTree(figures(survey.frontier())));
        root.set("alone", MAPPER.valueToTree(named(survey.alone())));
        root.set("refused", MAPPER.valueToTree(survey.refused()));
        root.set("plan", fastest == null ? MAPPER.nullNode() : MAPPER.readTree(fastest.toJson()));
        return MAPPER.writerWithDefaultPrettyPrinter().writeValueAsString(root);
    }

    private static List<List<Long>> figures(List<Plan> plans) {
        return plans.stream()
                .map(plan -> List.of(plan.predictedPeakBytes(), plan.time()))
                .toList();
    }

    private static Map<String, List<Long>> named(List<Plan> plans) {
        Map<String, List<Long>> named = new LinkedHashMap<>();
        plans.forEach(plan -> named.put(nameOf(plan), List.of(plan.predictedPeakBytes(), plan.time())));
        return named;
    }

    /** Writes all files into a directory, which is made if it is not there. */
    public static void write(PlanSurvey survey, ReportPage page, Path directory) throws IOException {
        Files.createDirectories(directory);
        page.write(directory.resolve(ReportPage.FILE));
        Files.writeString(directory.resolve("frontier.json"), json(survey));
        Plan fastest = survey.fastest();
        if (fastest != null) {
            Files.writeString(
                    directory.resolve("plan.json"),
                    Objects.requireNonNull(fastest).toJson());
        }
        try (OutputStream png = Files.newOutputStream(directory.resolve("frontier.png"))) {
            FrontierChart.draw(survey, png);
        }
    }
}
