package org.backpropaganda.experiments.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class ModelPlanTest {
    private static final List<String> SMALL =
            List.of("--model", "resnet", "--depth", "1", "--width", "8", "--threads", "1", "--steps", "2");

    @TempDir
    private Path directory;

    private Said plan(String... more) {
        return say("plan", 8, more);
    }

    private Said say(String command, int batch, String... more) {
        List<String> words = new ArrayList<>(List.of(command));
        words.addAll(SMALL);
        words.addAll(List.of("--batch", Integer.toString(batch), "--out", directory.toString()));
        words.addAll(List.of(more));
        return Said.by(words.toArray(String[]::new));
    }

    private static JsonNode json(Said said) {
        return JsonMapper.shared().readTree(said.out());
    }

    private long least() {
        return json(plan("--budget", "1GiB", "--json")).path("leastBytes").asLong();
    }

    @Test
    void plansTheLeastAndRefusesOneByteLess() {
        long least = least();
        JsonNode fits = json(plan("--budget", Long.toString(least), "--json"));
        assertThat(fits.path("feasible").asBoolean()).isTrue();
        assertThat(fits.path("predictedPeakBytes").asLong()).isEqualTo(least);
        Said said = plan("--budget", Long.toString(least - 1), "--json");
        assertThat(said.code()).isZero();
        JsonNode refused = json(said);
        assertThat(refused.path("feasible").asBoolean()).isFalse();
        assertThat(refused.path("leastBytes").asLong()).isEqualTo(least);
        assertThat(refused.path("plan").isNull()).isTrue();
        assertThat(refused.path("time").isNull()).isTrue();
    }

    @Test
    void saysInOneSentenceWhatIsTheLeast() {
        Said said = plan("--budget", "1KiB");
        assertThat(said.code()).isEqualTo(2);
        assertThat(said.err())
                .contains("no step fits into 1024 bytes: the least is ")
                .contains(", which ");
        assertThat(said.err().strip().lines()).hasSize(1);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            12 potatoes | '12 potatoes' is no number of bytes
            0           | has room for nothing
            -5          | '-5' is no number of bytes
            """)
    void refusesBudgetsThatAreNone(String budget, String why) {
        Said said = plan("--budget=" + budget);
        assertThat(said.code()).isEqualTo(2);
        assertThat(said.err()).contains(why);
    }

    @Test
    void asksForABudget() {
        assertThat(plan().err()).contains("no --budget is given");
    }

    @Test
    void writesTheFrontierWithUniformCheckpointsOnTheSameAxes() throws IOException {
        Said said = plan("--budget", "64MiB");
        assertThat(said.out()).contains("frontier", "checkpoint", "cheap", "plain");
        JsonNode written = JsonMapper.shared().readTree(Files.readString(directory.resolve("frontier.json")));
        assertThat(written.path("alone").has("checkpoint")).isTrue();
        long before = -1;
        for (JsonNode point : written.path("frontier")) {
            assertThat(point.get(0).asLong()).isGreaterThan(before);
            before = point.get(0).asLong();
        }
        assertThat(directory.resolve("frontier.png")).isNotEmptyFile();
        assertThat(directory.resolve("plan.json")).isNotEmptyFile();
    }

    @Test
    void tellsTheLargestBatch() {
        long budget = 4L << 20;
        Said said = plan("--budget", Long.toString(budget), "--largest", "batch");
        assertThat(said.code()).isZero();
        int batch = Integer.parseInt(said.out().replaceAll("(?s)^largest batch: (\\d+),.*", "$1"));
        assertThat(isFeasible(batch, budget)).isTrue();
        assertThat(isFeasible(batch + 1, budget)).isFalse();
    }

    @Test
    void refusesWhatIsNotSizedAndWhatIsNotAllowed() {
        assertThat(plan("--budget", "1GiB", "--largest", "mood").err()).contains("'mood' is not sized");
        assertThat(plan("--budget", "1GiB", "--allow", "magic").err()).contains("there is no technique 'magic'");
    }

    private boolean isFeasible(int batch, long budget) {
        return json(say("plan", batch, "--budget", Long.toString(budget), "--json"))
                .path("feasible")
                .asBoolean();
    }

    @Test
    void aPlannedRunHasThePeakThatWasPredicted() throws IOException {
        long least = least();
        Said said = say("compare", 8, "--strategies", "plan:" + least + ",plan:1GiB");
        assertThat(said.err()).doesNotContain("failed");
        JsonNode report = JsonMapper.shared().readTree(Files.readString(directory.resolve("report.json")));
        assertThat(report.path("runs")).hasSize(2);
        for (JsonNode run : report.path("runs")) {
            assertThat(run.path("peakBytes").asLong())
                    .isEqualTo(run.path("predictedPeakBytes").asLong());
            assertThat(run.path("gradient").path("differingElements").asLong()).isZero();
        }
        assertThat(report.path("runs").get(0).path("strategy").asString()).isEqualTo("plan:" + least);
        assertThat(report.path("runs").get(0).path("peakBytes").asLong()).isEqualTo(least);
    }

    @Test
    void aPlanHasNoPlaceForLearnersBesideTheModel() {
        assertThat(plan("--budget", "1GiB", "--allow", "decoupled").out())
                .contains("decoupled cannot be used: planner: decoupled trains learners beside the model");
    }

    @Test
    void aBudgetIsALimitForAnyStrategy() {
        Said said = say("compare", 8, "--strategies", "plain", "--budget", "1MiB");
        assertThat(said.code()).isNotZero();
        assertThat(said.out() + said.err()).contains("memory budget of 1048576 bytes");
    }

    @Test
    void refusesAPlanBesideOtherTechniquesAndOfBatchesThatAreCut() {
        assertThat(say("compare", 8, "--strategies", "plan:1GiB+cheap").err())
                .contains("plan chooses among all techniques by itself");
        assertThat(say("compare", 8, "--strategies", "plan:1GiB", "--accumulate", "2")
                        .err())
                .contains("a plan is of steps whose batch is not cut");
        assertThat(say("compare", 8, "--strategies", "plain", "--allow", "abn").err())
                .contains("allow is for the strategy plan");
    }
}
