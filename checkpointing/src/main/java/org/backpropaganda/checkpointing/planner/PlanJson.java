package org.backpropaganda.checkpointing.planner;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.backpropaganda.checkpointing.plan.PlanStep;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Plans as JSON. Steps are those of a chain: {@code {"save":0,"option":"cheap"}}, {@code {"replay":[1,3],"plan":[…]}}, {@code {"reverse":[3,5]}}. */
final class PlanJson {
    private static final JsonMapper MAPPER = JsonMapper.shared();

    private PlanJson() {}

    static String write(Plan plan) {
        Plan.Figures figures = plan.figures();
        ObjectNode root = MAPPER.createObjectNode();
        if (figures.budgetBytes() != Long.MAX_VALUE) {
            root.put("budgetBytes", figures.budgetBytes());
        }
        root.put("predictedPeakBytes", figures.peakBytes());
        root.put("time", figures.time());
        root.put("plainPeakBytes", figures.plainPeakBytes());
        root.put("plainTime", figures.plainTime());
        root.put("technique", plan.whole());
        ArrayNode blocks = root.putArray("blocks");
        plan.blocks().forEach(blocks::add);
        root.set("plan", steps(plan, plan.steps()));
        ArrayNode rows = root.putArray("rows");
        for (PlanRow row : plan.rows()) {
            rows.addObject()
                    .put("block", row.block())
                    .put("technique", row.technique())
                    .put("heldBytes", row.heldBytes())
                    .put("time", row.time())
                    .put("why", row.why());
        }
        return MAPPER.writerWithDefaultPrettyPrinter().writeValueAsString(root);
    }

    private static ArrayNode steps(Plan plan, List<PlanStep> steps) {
        ArrayNode array = MAPPER.createArrayNode();
        for (PlanStep step : steps) {
            ObjectNode node = array.addObject();
            if (step instanceof PlanStep.Save save) {
                node.put("save", save.block()).put("option", plan.ways().get(save.block()));
            } else if (step instanceof PlanStep.Replay replay) {
                node.putArray("replay").add(replay.from()).add(replay.to());
                node.set("plan", steps(plan, replay.steps()));
            } else {
                node.putArray("reverse").add(step.from()).add(step.to());
            }
        }
        return array;
    }

    static Plan read(String json) {
        JsonNode root;
        try {
            root = MAPPER.readTree(json);
        } catch (JacksonException e) {
            throw refused("it is no JSON: " + e.getOriginalMessage(), e);
        }
        List<String> blocks = new ArrayList<>();
        array(root, "blocks").forEach(block -> blocks.add(text(block, "a block")));
        String[] ways = new String[blocks.size()];
        Arrays.fill(ways, Way.STORE_NAME);
        List<PlanStep> steps = steps(array(root, "plan"), ways);
        JsonNode whole = root.path("technique");
        requireCovered(steps, blocks.size(), whole.isString());
        if (whole.isString()) {
            Ways.find(whole.asString());
        }
        List<PlanRow> rows = new ArrayList<>();
        for (JsonNode row : array(root, "rows")) {
            rows.add(new PlanRow(
                    text(row.path("block"), "block"),
                    text(row.path("technique"), "technique"),
                    number(row, "heldBytes"),
                    number(row, "time"),
                    text(row.path("why"), "why")));
        }
        return new Plan(
                blocks,
                steps,
                List.of(ways),
                whole.isString() ? whole.asString() : null,
                new Plan.Figures(
                        root.has("budgetBytes") ? number(root, "budgetBytes") : Long.MAX_VALUE,
                        number(root, "predictedPeakBytes"),
                        number(root, "time"),
                        number(root, "plainPeakBytes"),
                        number(root, "plainTime")),
                rows);
    }

    private static void requireCovered(List<PlanStep> steps, int blocks, boolean isWhole) {
        int reached = covered(steps, 0);
        if (!isWhole && reached != blocks) {
            throw refused("its steps end behind " + reached + " of " + blocks + " blocks", null);
        }
    }

    /** Follows steps, each of which begins where the one before ended. */
    private static int covered(List<PlanStep> steps, int from) {
        int reached = from;
        for (PlanStep step : steps) {
            if (step.from() != reached || step.to() <= reached) {
                throw refused(
                        "a step is about blocks " + step.from() + " to " + step.to() + ", and " + reached
                                + " is to come",
                        null);
            }
            if (step instanceof PlanStep.Replay replay && covered(replay.steps(), replay.from()) != replay.to()) {
                throw refused(
                        "the steps of the replay of " + replay.from() + " to " + replay.to()
                                + " do not end where it does",
                        null);
            }
            reached = step.to();
        }
        return reached;
    }

    private static List<PlanStep> steps(JsonNode array, String[] ways) {
        List<PlanStep> steps = new ArrayList<>();
        for (JsonNode node : array) {
            if (node.has("save")) {
                long number = number(node, "save");
                if (number < 0 || number >= ways.length) {
                    throw refused("block " + number + " is not one of " + ways.length, null);
                }
                int block = (int) number;
                ways[block] = Ways.parse(text(node.path("option"), "option")).name();
                steps.add(new PlanStep.Save(block, ways[block].equals(Way.STORE_NAME) ? 0 : 1));
            } else if (node.has("replay")) {
                steps.add(new PlanStep.Replay(
                        end(node, "replay", 0), end(node, "replay", 1), steps(array(node, "plan"), ways)));
            } else {
                steps.add(new PlanStep.Reverse(end(node, "reverse", 0), end(node, "reverse", 1)));
            }
        }
        return steps;
    }

    private static int end(JsonNode node, String name, int number) {
        JsonNode end = array(node, name).path(number);
        if (!end.canConvertToInt()) {
            throw refused("\"" + name + "\" is no pair of block numbers", null);
        }
        return end.asInt();
    }

    private static JsonNode array(JsonNode node, String name) {
        JsonNode array = node.path(name);
        if (!array.isArray()) {
            throw refused("\"" + name + "\" is no array", null);
        }
        return array;
    }

    private static long number(JsonNode node, String name) {
        JsonNode number = node.path(name);
        if (!number.isIntegralNumber() || !number.canConvertToLong()) {
            throw refused("\"" + name + "\" is no whole number", null);
        }
        return number.asLong();
    }

    private static String text(JsonNode node, String name) {
        if (!node.isString()) {
            throw refused("\"" + name + "\" is no text", null);
        }
        return node.asString();
    }

    private static IllegalArgumentException refused(String why, @Nullable Throwable cause) {
        return new IllegalArgumentException("plan: this is no plan as JSON: " + why, cause);
    }
}
