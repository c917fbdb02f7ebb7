package org.backpropaganda.experiments.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.stream.Stream;
import org.backpropaganda.experiments.report.Json;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** What {@code --coupling} and {@code --anchor-every} decide, in reports and states. */
class CouplingOptionsTest {
    @TempDir
    private Path directory;

    @Test
    void aComparisonOfCouplingsNamesTheirKindAndCountsElementsThatDiffer() {
        Path out = directory.resolve("out");
        Said said = Said.by(
                "compare",
                "--model",
                "chain",
                "--coupling",
                "affine",
                "--anchor-every",
                "2",
                "--strategies",
                "plain,reversible",
                "--depth",
                "3",
                "--width",
                "4",
                "--batch",
                "2",
                "--steps",
                "1",
                "--out",
                out.toString());
        assertThat(said.err()).isEmpty();
        assertThat(said.code()).isZero();
        JsonNode report = Json.read(out.resolve("report.json"), JsonNode.class);
        assertThat(report.get("config").get("coupling").asString()).isEqualTo("affine");
        assertThat(report.get("config").get("anchorEvery").asInt()).isEqualTo(2);
        JsonNode plain = report.get("runs").get(0);
        JsonNode reversible = report.get("runs").get(1);
        assertThat(reversible.get("coupling").asString()).isEqualTo("affine");
        assertThat(plain.get("gradient").get("differingElements").asLong()).isZero();
        assertThat(reversible.get("gradient").get("differingElements").asLong()).isPositive();
        assertThat(out.resolve("report.csv")).content().contains("reversible,chain,affine,3,2,");
    }

    @Test
    void aStateOfOtherCouplingsIsRefused() {
        assertThat(trainChain("--coupling", "affine").code()).isZero();
        assertThat(trainChain().err())
                .contains("is the state of a run with coupling affine")
                .hasLineCount(1);
        assertThat(trainChain("--coupling", "affine").out()).startsWith("goes on behind step");
    }

    /** Running statistics of one step are not those of a batch, and streams of the test set outgrow the range. */
    @Test
    void aTestSetThatLeavesTheRangeOfFixedPointHasNoAccuracyButTheRunIsTold() {
        Path out = directory.resolve("out");
        Said said = Said.by(
                ("compare --model revnet --depth 32 --width 8 --batch 4 --steps 1 --coupling exact --strategies reversible"
                                + " --out " + out)
                        .split(" ", -1));
        assertThat(said.code()).as(said.err()).isZero();
        assertThat(said.out()).contains("not finite", "reversible: no accuracy: evaluated on the test images");
        JsonNode run = Json.read(out.resolve("report.json"), JsonNode.class)
                .get("runs")
                .get(0);
        assertThat(run.get("testAccuracy").isNull()).isTrue();
        assertThat(run.get("gradient").get("differingElements").asLong()).isZero();
        assertThat(run.get("savedActivationBytes").asLong()).isEqualTo(Float.BYTES * 4 * (2 * 32 * 32 * 4 + 8 + 10));
    }

    private Said trainChain(String... more) {
        String[] chain = ("train --model chain --depth 2 --width 4 --batch 4 --steps 2 --strategy reversible --state "
                        + directory.resolve("chain.state"))
                .split(" ", -1);
        return Said.by(Stream.concat(Stream.of(chain), Stream.of(more)).toArray(String[]::new));
    }
}
