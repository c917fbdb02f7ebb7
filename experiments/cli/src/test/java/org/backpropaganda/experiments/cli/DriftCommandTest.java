package org.backpropaganda.experiments.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import org.backpropaganda.experiments.coupling.CouplingKind;
import org.backpropaganda.experiments.coupling.CouplingKinds;
import org.backpropaganda.experiments.report.Json;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

class DriftCommandTest {
    @TempDir
    private Path directory;

    private Said say(String line) {
        return Said.by((line + " --out " + directory.resolve("out")).split(" ", -1));
    }

    @Test
    void everyKindHasARowForEachDepthAndALineInThePlot() {
        Said said = say("drift --depth 2,5 --width 8 --batch 2");
        assertThat(said.err()).isEmpty();
        assertThat(said.code()).isZero();
        for (CouplingKind kind : CouplingKinds.all()) {
            assertThat(said.out().lines().filter(line -> line.startsWith(kind.name() + " ")))
                    .as(kind.name())
                    .hasSize(3);
        }
        JsonNode report = Json.read(directory.resolve("out/drift.json"), JsonNode.class);
        assertThat(report.size()).isEqualTo(2 * CouplingKinds.all().size());
        assertThat(report.get(1).get("free").get("errors").size()).isEqualTo(5);
        assertThat(directory.resolve("out/drift.png")).isNotEmptyFile();
    }

    @Test
    void aBoundPlacesAnchorsAndSaysWhere() {
        Said said = say("drift --coupling affine --depth 60 --width 8 --batch 2 --bound 1e-3");
        assertThat(said.code()).isZero();
        assertThat(said.out()).contains("  held ").contains("affine of depth 60 is held by anchors in front of [");
        JsonNode result =
                Json.read(directory.resolve("out/drift.json"), JsonNode.class).get(0);
        assertThat(result.get("bounded").get("gradientError").asDouble()).isLessThanOrEqualTo(1e-3);
        assertThat(result.get("free").get("gradientError").asDouble()).isGreaterThan(1e-3);
    }

    @Test
    void whatOverflowsFailsByName() {
        Said said = say("drift --coupling affine --depth 800 --width 4 --batch 2");
        assertThat(said.code()).isZero();
        assertThat(said.out())
                .contains("affine of depth 800 fails: reversible in blocks: streams")
                .contains("overflow");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            --model tanh --coupling affine --depth 800 --width 4 | backprop: reversible in blocks: streams that
            --model revnet --coupling exact --depth 2 --width 4 --lr 1e30 | backprop: exact in split: element
            """)
    void streamsThatLeaveTheRangeStopTheTrainingInOneSentence(String model, String sentence) {
        StringWriter err = new StringWriter();
        int code = Main.commandLine()
                .setOut(new PrintWriter(new StringWriter()))
                .setErr(new PrintWriter(err))
                .execute(("train " + model + " --batch 4 --steps 3 --strategy reversible --state "
                                + directory.resolve("run.state"))
                        .split(" ", -1));
        assertThat(code).isEqualTo(2);
        assertThat(err.toString()).startsWith(sentence).hasLineCount(1);
    }

    @Test
    void aModelOfItsOwnCouplingsIsShown() {
        Said said = say("drift --model irevnet --depth 1 --width 8 --batch 2 --anchor-every 2");
        assertThat(said.err()).isEmpty();
        assertThat(said.out()).containsPattern("own +1 +1 ");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            drift --depth deep | depth 'deep' is no whole number
            drift --depth 0 | depth 0 is below 1
            drift --bound 0 | bound 0.0 is not above 0
            drift --coupling sticky | unknown coupling 'sticky': choose additive
            drift --model resnet | strategy reversible does not fit resnet
            drift --model irevnet --coupling affine | coupling affine does not fit irevnet
            drift --dtype half | unknown dtype 'half'
            drift --threads 0 | threads 0 is not within
            drift --width 0 | width 0 is not within 1 and
            drift --coupling additive --groups 4 | groups 4 does not fit the coupling additive
            """)
    void whatCannotBeIsOneSentence(String line, String reason) {
        Said said = say(line);
        assertThat(said.code()).isEqualTo(2);
        assertThat(said.err()).startsWith("backprop: ").contains(reason).hasLineCount(1);
    }
}
