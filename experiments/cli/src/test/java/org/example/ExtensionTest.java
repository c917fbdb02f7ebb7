package org.example;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.backpropaganda.experiments.cli.Main;
import org.backpropaganda.experiments.model.Strategy;
import org.backpropaganda.experiments.report.Json;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/**
 * One technique, model, data set and optimizer of somebody else's, each a class and a line in a service file. The files lie
 * where a class path finds them only if it is told to: the program is started with it, and nothing else sees them.
 */
class ExtensionTest {
    private static final Path EXTENSION = Path.of("src/test/resources/extension");

    @TempDir
    private Path directory;

    private record Said(int code, String text) {}

    private Said say(String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx256m",
                "-Dorg.bytedeco.javacpp.maxphysicalbytes=0",
                "-Dorg.bytedeco.javacpp.maxbytes=0",
                "-cp",
                EXTENSION.toAbsolutePath() + File.pathSeparator + System.getProperty("java.class.path"),
                Main.class.getName()));
        command.addAll(List.of(arguments));
        Path said = directory.resolve("said");
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(said.toFile())
                .start();
        int code = process.waitFor();
        return new Said(code, Files.readString(said));
    }

    /** A comparison of five runs, the reference among them, opens the data once: children read what the parent stored. */
    @Test
    void joinByBeingOnTheClassPath() throws IOException, InterruptedException {
        Path out = directory.resolve("out");
        Said said = say(
                "compare",
                "--model",
                "pixels",
                "--depth",
                "4",
                "--width",
                "8",
                "--batch",
                "4",
                "--steps",
                "3",
                "--threads",
                "1",
                "--optimizer",
                "descent",
                "--data",
                "dots",
                "--data-dir",
                directory.toString(),
                "--out",
                out.toString());
        assertThat(said.code()).as(said.text()).isZero();
        assertThat(directory.resolve(Dots.OPENINGS)).hasContent("opened");
        JsonNode report = Json.read(out.resolve("report.json"), JsonNode.class);
        assertThat(report.get("config").get("model").asString()).isEqualTo("pixels");
        assertThat(report.get("config").get("data").asString()).isEqualTo("dots");
        assertThat(report.get("config").get("optimizer").asString()).isEqualTo("descent");
        assertThat(report.get("runs"))
                .extracting(run -> run.get("strategy").asString())
                .containsExactly("plain", "cheap", "checkpoint", "each", "decoupled");
        JsonNode plain = report.get("runs").get(0);
        JsonNode each = report.get("runs").get(3);
        assertThat(each.get("gradient").get("maxRelativeError").asDouble()).isZero();
        assertThat(each.get("lossLast").asDouble())
                .isEqualTo(plain.get("lossLast").asDouble());
        assertThat(plain.get("forwardEvaluations").asDouble()).isEqualTo(4);
        assertThat(each.get("forwardEvaluations").asDouble()).isEqualTo(8);
        assertThat(each.get("savedActivationBytes").asLong())
                .isLessThan(plain.get("savedActivationBytes").asLong());
    }

    @Test
    void aKindOfCouplingDriftsByItsName() throws IOException, InterruptedException {
        Said said = say(
                "drift",
                "--coupling",
                "shear,additive",
                "--depth",
                "4",
                "--width",
                "8",
                "--out",
                directory.resolve("drift").toString());
        assertThat(said.code()).as(said.text()).isZero();
        JsonNode shear = Json.read(directory.resolve("drift").resolve("drift.json"), JsonNode.class)
                .get(0);
        assertThat(shear.get("coupling").asString()).isEqualTo("shear");
        assertThat(shear.get("free").get("gradientError").asDouble()).isBetween(1e-9, 1e-4);
        assertThat(say("summary", "--coupling", "sticky").text()).contains("momentum or shear");
    }

    @Test
    void areRefusedInTheirOwnWords() throws IOException, InterruptedException {
        Said one = say("summary", "--model", "pixels", "--depth", "1", "--strategy", "each");
        assertThat(one.text())
                .contains("strategy each does not fit pixels: it has one block, and one checkpoint of all of it saves"
                        + " nothing; of the models, depthwise, irevnet, neuralode, resnet, resnet50 can");
        assertThat(one.code()).isEqualTo(2);
        assertThat(say("summary", "--model", "vgg").text()).contains("mlp, neuralode, pixels, resnet");
    }

    @Test
    void disturbNobodyElse() {
        assertThat(Strategy.usual()).extracting(Strategy::toString).doesNotContain("each");
    }
}
