package org.backpropaganda.experiments.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.backpropaganda.experiments.page.ReportPage;
import org.backpropaganda.experiments.report.Environment;
import org.backpropaganda.experiments.report.Report;
import org.backpropaganda.experiments.report.ReportFiles;
import org.backpropaganda.experiments.run.Outcome;
import org.backpropaganda.experiments.run.RunConfig;
import org.backpropaganda.experiments.run.RunResult;
import org.backpropaganda.experiments.run.TrainingData;
import org.backpropaganda.experiments.run.TrainingRun;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Comparisons that were made before, on one page. */
class ReportCommandTest {
    @TempDir
    private Path directory;

    private RunResult compared(String name, int width) throws IOException {
        RunConfig config = new RunConfig(
                new RunConfig.Shape("mlp", 2, width, 1, 2),
                new RunConfig.Passes(4, 2, 0, 1),
                new RunConfig.Descent("sgd", 0.05, 0, "constant"),
                new RunConfig.Source("synthetic", null, false),
                new RunConfig.Machine(1, "float"));
        try (TrainingRun run = new TrainingRun(config, config.strategy("plain"), TrainingData.open(config))) {
            run.train(directory.resolve("batch.bin"), (step, of) -> {});
            RunResult result = run.result(null);
            Path timeline = Files.write(
                    directory.resolve("timeline.csv"), run.timeline().toCsv());
            ReportFiles.in(directory.resolve(name))
                    .write(
                            new Report(1, config, Environment.here(1), List.of(result)),
                            List.of(new Outcome(
                                    config.strategy("plain"), result, "", timeline, directory.resolve("log"))));
            return result;
        }
    }

    private JsonNode data(String out) throws IOException {
        String html = Files.readString(directory.resolve(out).resolve(ReportPage.FILE));
        String start = "id=\"data\">";
        int from = html.indexOf(start) + start.length();
        return JsonMapper.shared().readTree(html.substring(from, html.indexOf("</script>", from)));
    }

    private static JsonNode block(JsonNode page, String section, String type) {
        for (JsonNode each : page.get("sections")) {
            for (JsonNode block : each.get("blocks")) {
                if (each.get("id").asString().equals(section)
                        && block.get("type").asString().equals(type)) {
                    return block;
                }
            }
        }
        throw new AssertionError("no " + type + " in " + section);
    }

    private String path(String name) {
        return directory.resolve(name).toString();
    }

    @Test
    void twoRunsAreLaidOverOneAnother() throws IOException {
        RunResult narrow = compared("narrow", 8);
        RunResult wide = compared("wide", 16);
        Said said = Said.by("report", path("narrow"), path("wide"), "--out", path("both"));
        assertThat(said.err()).isEmpty();
        JsonNode page = data("both");
        JsonNode settings = block(page, "settings", "Table").get("rows");
        assertThat(settings).hasSize(1);
        assertThat(settings.get(0).toString()).isEqualTo("[\"width\",\"8\",\"16\"]");
        JsonNode strategies = block(page, "strategies", "Table").get("rows");
        assertThat(strategies.get(0).get(0).asString()).isEqualTo("narrow: plain");
        assertThat(strategies.get(1).get(0).asString()).isEqualTo("wide: plain");
        assertThat(strategies.get(1).get(1).asLong()).isEqualTo(wide.peakBytes());
        JsonNode overlay = block(page, "difference", "Overlay");
        assertThat(overlay.get("from").asString()).isEqualTo("narrow: plain");
        assertThat(overlay.get("pairs").get(0).get("bytes").asLong())
                .isEqualTo(wide.peakBytes() - narrow.peakBytes())
                .isPositive();
        long parts = 0;
        for (JsonNode part : overlay.get("pairs").get(0).get("parts")) {
            parts += part.get("bytes").asLong();
        }
        assertThat(parts).isEqualTo(wide.peakBytes() - narrow.peakBytes());
    }

    /** Each run's time is compared with plain of its own comparison: with itself here. */
    @Test
    void timesAreRelativeToPlainOfTheSameRun() throws IOException {
        compared("a", 8);
        compared("b", 16);
        assertThat(Said.by("report", path("a"), path("b"), "--out", path("both"))
                        .code())
                .isZero();
        JsonNode table = block(data("both"), "strategies", "Table");
        int ratio = 0;
        while (!table.get("columns").get(ratio).get("name").asString().equals("× plain")) {
            ratio++;
        }
        assertThat(table.get("rows").get(0).get(ratio).asDouble()).isEqualTo(1);
        assertThat(table.get("rows").get(1).get(ratio).asDouble()).isEqualTo(1);
    }

    @Test
    void refusesWhatIsNoComparison() throws IOException {
        compared("a", 8);
        Files.createDirectories(directory.resolve("empty"));
        Files.createDirectories(directory.resolve("broken"));
        Files.writeString(directory.resolve("broken/report.json"), "{\"schema\": ");
        assertRefused("there is no " + directory.resolve("empty/report.json"), "a", "empty");
        assertRefused("is no report of compare", "a", "broken");
        assertRefused("is given twice", "a", "a");
        Said over = Said.by("report", path("a"), path("empty"), "--out", path("a"));
        assertThat(over.err())
                .contains("is one of the runs, whose page would be lost")
                .hasLineCount(1);
    }

    private void assertRefused(String why, String... runs) {
        Said said = Said.by("report", path(runs[0]), path(runs[1]), "--out", path("out"));
        assertThat(said.err()).startsWith("backprop: ").contains(why).hasLineCount(1);
        assertThat(said.code()).isEqualTo(2);
    }
}
