package org.backpropaganda.experiments.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.backpropaganda.experiments.report.Json;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;
import tools.jackson.databind.JsonNode;

class CommandLineTest {
    @TempDir
    private Path directory;

    private record Said(int code, String out, String err) {}

    private static Said say(String... arguments) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        CommandLine command = Main.commandLine().setOut(new PrintWriter(out)).setErr(new PrintWriter(err));
        int code = command.execute(arguments);
        return new Said(code, out.toString(), err.toString());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "compere",
                "compare --dept 3",
                "compare --depth many",
                "compare --depth 0",
                "compare --width 33",
                "compare --model mlp --width 65536 --depth 64",
                "compare --stem-stride 0",
                "compare --model mlp --stem-stride 2",
                "compare --batch 1",
                "compare --batch 100000",
                "compare --steps 0",
                "compare --threads 0",
                "compare --threads 100000",
                "compare --strategies abn+abn",
                "compare --lr -1",
                "compare --lr NaN",
                "compare --model vgg",
                "compare --optimizer lbfgs",
                "compare --dtype half",
                "compare --schedule weekly",
                "compare --data imagenet",
                "compare --data cifar10",
                "compare --data cifar10 --data-dir no/such/directory",
                "compare --model resnet --strategies reversible",
                "compare --model mlp --modules 9 --depth 8",
                "compare --strategies plain,plain",
                "compare --strategies sideways",
                "gradcheck --strategy decoupled",
                "bench --workload vgg",
                "bench --rounds 0",
                "gradients --depth 0",
                "summary --model resnet --strategy reversible",
                "summary --levels -1",
                "summary --data imagenet",
                "train",
                "train --state no/such/directory/run.state",
                "train --state run.state --save-every 0",
                "chars",
                "chars --text no/such/file",
                "chars --text pom.xml --heads 3",
                "chars --text pom.xml --heads 4 --width 12",
                "chars --text pom.xml --dropout 0.2",
                "chars --text pom.xml --model lstm --heads 2",
                "chars --text pom.xml --model gru",
                "chars --text pom.xml --model lstm --strategy reversible",
                "chars --text pom.xml --model lstm --dropout 1",
                "chars --text pom.xml --model lstm --batch 60000",
                "chars --text pom.xml --threads 1025",
                "gradients --init magic",
                "bench --threads 100000"
            })
    void whatCannotBeIsOneSentenceAndCodeTwo(String line) throws IOException {
        String[] arguments = line.isEmpty() ? new String[0] : line.split(" ", -1);
        Said said = say(arguments);
        assertThat(said.code()).isEqualTo(2);
        assertThat(said.out()).isEmpty();
        assertThat(said.err().lines()).hasSize(1);
        assertThat(said.err()).startsWith("backprop: ").doesNotContain("Exception");
        assertThat(directory).isEmptyDirectory();
    }

    @Test
    void anLstmReadsAndWrites() {
        Said said =
                say("chars", "--text", "pom.xml", "--model", "lstm", "--width", "8", "--steps", "2", "--sample", "20");
        assertThat(said.code()).isZero();
        assertThat(said.out()).contains("step 2: ").contains("validation: ").contains("bits a character");
    }

    @Test
    void anOutputThatCannotBeWrittenIsRefused() throws IOException {
        Path file = Files.createFile(directory.resolve("file"));
        Said said = say("compare", "--out", file.resolve("below").toString());
        assertThat(said.code()).isEqualTo(2);
        assertThat(said.err()).contains("cannot write").contains("--out");
        assertThat(said.err().lines()).hasSize(1);
    }

    @Test
    void anOutputWhoseReportIsADirectoryIsRefused() throws IOException {
        Files.createDirectory(directory.resolve("report.json"));
        Said said = say("compare", "--out", directory.toString());
        assertThat(said.code()).isEqualTo(2);
        assertThat(said.err()).contains("report.json is a directory");
        assertThat(directory.toFile().list()).containsExactly("report.json");
    }

    /** With fewer blocks than the usual four modules, too: the defaults fit every model. */
    @Test
    void aRunThatDivergesSaysSo() {
        Path out = directory.resolve("out");
        Said said = say(
                "compare",
                "--model",
                "mlp",
                "--depth",
                "2",
                "--width",
                "4",
                "--batch",
                "4",
                "--steps",
                "3",
                "--lr",
                "1e300",
                "--out",
                out.toString());
        assertThat(said.code()).isZero();
        assertThat(said.out()).contains("not finite").contains("decoupled");
        JsonNode plain = Json.read(out.resolve("report.json"), JsonNode.class)
                .get("runs")
                .get(0);
        assertThat(plain.get("lossLast").isNull()).isTrue();
    }

    @Test
    void aTruncatedFileIsNamed() throws IOException {
        for (int i = 1; i <= 5; i++) {
            Files.write(directory.resolve("data_batch_" + i + ".bin"), new byte[3073]);
        }
        Files.write(directory.resolve("test_batch.bin"), new byte[3000]);
        Said said = say("compare", "--data", "cifar10", "--data-dir", directory.toString(), "--batch", "2");
        assertThat(said.code()).isEqualTo(2);
        assertThat(said.err()).contains("test_batch.bin");
        assertThat(said.err().lines()).hasSize(1);
    }

    @Test
    void aComparisonLeavesItsReport() {
        Path out = directory.resolve("out");
        Said said = say(
                "compare",
                "--model",
                "mlp",
                "--depth",
                "4",
                "--width",
                "16",
                "--batch",
                "8",
                "--steps",
                "3",
                "--modules",
                "2",
                "--out",
                out.toString());
        assertThat(said.err()).isEmpty();
        assertThat(said.code()).isZero();
        assertThat(said.out()).contains("plain").contains("checkpoint").contains("decoupled");
        assertThat(out.toFile().list())
                .containsExactlyInAnyOrder(
                        "report.json",
                        "report.csv",
                        "timeline.png",
                        "timeline-plain.csv",
                        "timeline-checkpoint.csv",
                        "timeline-abn.csv",
                        "timeline-decoupled.csv");
        JsonNode report = Json.read(out.resolve("report.json"), JsonNode.class);
        assertThat(report.get("schema").asInt()).isEqualTo(1);
        assertThat(report.get("environment").get("onednn").asString()).startsWith("3.");
        JsonNode plain = report.get("runs").get(0);
        for (String field : List.of(
                "strategy",
                "model",
                "depth",
                "batch",
                "savedActivationBytes",
                "peakActivationBytes",
                "peakBytes",
                "peakByKind",
                "reservedPeakBytes",
                "primitiveBytes",
                "parameterBytes",
                "syntheticStateBytes",
                "processPeakBytes",
                "processBaseBytes",
                "stepMillis",
                "forwardEvaluations",
                "gradient",
                "lossFirst",
                "lossLast",
                "testAccuracy")) {
            assertThat(plain.has(field)).as(field).isTrue();
        }
        assertThat(plain.get("gradient").get("maxRelativeError").asDouble()).isZero();
        assertThat(report.get("runs")
                        .get(1)
                        .get("gradient")
                        .get("maxRelativeError")
                        .asDouble())
                .isZero();
        assertThat(report.get("runs").get(3).get("syntheticStateBytes").asLong())
                .isPositive();
    }

    /** The figures of the parts: 3 stages of 3 blocks; nothing is made, so the size does not matter. */
    @ParameterizedTest
    @ValueSource(strings = {"plain", "checkpoint", "abn", "decoupled", "checkpoint+abn"})
    void aSummaryOfAnySize(String strategy) {
        Said said = say(
                "summary",
                "--model",
                "resnet",
                "--depth",
                "3",
                "--width",
                "4096",
                "--batch",
                "1000000",
                "--strategy",
                strategy,
                "--levels",
                "3");
        assertThat(said.err()).isEmpty();
        assertThat(said.code()).isZero();
        assertThat(said.out())
                .startsWith("path")
                .containsPattern("(?m)^total ")
                .containsPattern("saved for backward: .* TiB");
        assertThat(said.out()).contains("FLOAT[1000000, 32, 32, 4096]");
    }

    @Test
    void trainingThatHasComeToItsEndSaysSo() throws IOException {
        Path state = directory.resolve("run.state");
        Said first = train("checkpoint", state);
        assertThat(first.code()).isZero();
        assertThat(first.out()).contains("step 6 of 6: loss ");
        Said again = train("checkpoint", state);
        assertThat(again.out()).startsWith("goes on behind step 6 of 6");
        assertThat(again.out().lines().reduce((a, last) -> last))
                .isEqualTo(first.out().lines().reduce((a, last) -> last))
                .get()
                .asString()
                .startsWith("test accuracy: ");

        Said other = train("checkpoint", state, "--lr", "0.5");
        assertThat(other.code()).isEqualTo(2);
        assertThat(other.err()).contains("lr 0.02, not 0.5").hasLineCount(1);
        Files.write(state, new byte[100]);
        assertThat(train("checkpoint", state).err())
                .startsWith("backprop: ")
                .contains("give another --state")
                .hasLineCount(1);
    }

    private static Said train(String strategy, Path state, String... more) {
        List<String> arguments = new ArrayList<>(List.of(
                "train",
                "--model",
                "mlp",
                "--depth",
                "2",
                "--width",
                "8",
                "--batch",
                "8",
                "--steps",
                "6",
                "--optimizer",
                "adamw",
                "--schedule",
                "cosine",
                "--modules",
                "2",
                "--strategy",
                strategy,
                "--state",
                state.toString()));
        arguments.addAll(List.of(more));
        return say(arguments.toArray(String[]::new));
    }

    @Test
    void aModelPassesItsGradientCheck() {
        Said said =
                say("gradcheck", "--model", "mlp", "--depth", "2", "--width", "6", "--batch", "4", "--strategy", "abn");
        assertThat(said.code()).isZero();
        assertThat(said.out()).startsWith("passed").contains("worst");
    }
}
