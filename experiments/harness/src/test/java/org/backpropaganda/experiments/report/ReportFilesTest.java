package org.backpropaganda.experiments.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.backpropaganda.experiments.model.Strategy;
import org.backpropaganda.experiments.run.Outcome;
import org.backpropaganda.experiments.run.ProbePoint;
import org.backpropaganda.experiments.run.RunConfig;
import org.backpropaganda.experiments.run.RunResult;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReportFilesTest {
    @TempDir
    private Path directory;

    private static RunConfig config() {
        return new RunConfig(
                new RunConfig.Shape("mlp", 2, 8, 1, 2),
                new RunConfig.Passes(8, 3, 0, 1),
                new RunConfig.Descent("sgd", 0.1, 0, "constant"),
                new RunConfig.Source("synthetic", null, false),
                new RunConfig.Machine(1, "float"));
    }

    private static RunResult result(Strategy strategy) {
        return result(strategy, null);
    }

    private static RunResult result(Strategy strategy, Long offloadedPeakBytes) {
        return result(strategy, offloadedPeakBytes, List.of());
    }

    private static RunResult result(Strategy strategy, Long offloadedPeakBytes, List<ProbePoint> probe) {
        return new RunResult(
                strategy.toString(),
                "mlp",
                null,
                2,
                8,
                1,
                1,
                1,
                null,
                Map.of(),
                1,
                offloadedPeakBytes,
                1,
                1,
                0,
                null,
                null,
                new RunResult.Millis(1, 1, 1),
                1,
                0,
                null,
                Map.of(),
                null,
                probe,
                List.of(),
                null,
                Double.NaN,
                null,
                null,
                3,
                List.of(),
                null);
    }

    /** Writes a comparison of strategies, of which those with a minus sign failed. */
    private void write(Path out, String... strategies) throws IOException {
        Path work = Files.createTempDirectory(directory, "work");
        List<RunResult> results = new ArrayList<>();
        List<Outcome> outcomes = new ArrayList<>();
        ReportFiles files = ReportFiles.in(out);
        for (String name : strategies) {
            boolean failed = name.startsWith("-");
            Strategy strategy = Strategy.parse(failed ? name.substring(1) : name);
            Path timeline = Files.writeString(work.resolve(strategy + ".csv"), "event,ACTIVATION\n0,1\n1,2\n2,1\n");
            Path log = Files.writeString(work.resolve(strategy + ".log"), "backprop: memory ran out\n");
            RunResult result = failed ? null : result(strategy);
            if (result != null) {
                results.add(result);
            }
            outcomes.add(new Outcome(strategy, result, failed ? "memory ran out" : "", timeline, log));
            if (!results.isEmpty()) {
                files.write(
                        new Report(1, config(), new Environment("", "", "", 1, "", "", ""), List.copyOf(results)),
                        List.copyOf(outcomes));
            }
        }
    }

    @Test
    void exportsOfAnEarlierComparisonGo() throws IOException {
        Path out = directory.resolve("out");
        write(out, "plain");
        for (String name : List.of("trace-abn.json", "snapshot-abn.pickle", "trace-mine.json")) {
            Files.createFile(out.resolve(name));
        }
        Path events = out.resolve("tensorboard/abn/events.out.tfevents.0.backprop");
        Files.createDirectories(events.getParent());
        Files.createFile(events);
        write(out, "plain");
        assertThat(out.toFile().list())
                .containsExactlyInAnyOrder(
                        "report.json",
                        "report.csv",
                        "timeline.png",
                        "timeline-plain.csv",
                        "trace-mine.json",
                        "tensorboard");
        assertThat(events).doesNotExist();
    }

    @Test
    void aSecondComparisonLeavesNothingOfTheFirst() throws IOException {
        Path out = directory.resolve("out");
        write(out, "plain", "abn", "-reversible+abn");
        assertThat(out.toFile().list())
                .containsExactlyInAnyOrder(
                        "report.json",
                        "report.csv",
                        "timeline.png",
                        "timeline-plain.csv",
                        "timeline-abn.csv",
                        "reversible+abn.log");
        Files.createFile(out.resolve("notes.txt"));
        Files.createFile(out.resolve("timeline-mine.csv"));
        Files.createFile(out.resolve("training.log"));
        write(out, "plain", "checkpoint");
        assertThat(out.toFile().list())
                .containsExactlyInAnyOrder(
                        "report.json",
                        "report.csv",
                        "timeline.png",
                        "timeline-plain.csv",
                        "timeline-checkpoint.csv",
                        "notes.txt",
                        "timeline-mine.csv",
                        "training.log");
        assertThat(Files.readString(out.resolve("report.json")))
                .contains("\"lossFirst\" : null", "\"testAccuracy\" : null")
                .doesNotContain("NaN");
    }

    /** The curves are there as long as somebody probes. */
    @Test
    void probesAreInTheReportAndInFilesOfTheirOwn() throws IOException {
        Path out = directory.resolve("out");
        Strategy strategy = Strategy.parse("decoupled");
        Path timeline = Files.writeString(directory.resolve("t.csv"), "event,ACTIVATION\n0,1\n1,2\n2,1\n");
        RunResult result = result(
                strategy,
                null,
                List.of(
                        new ProbePoint(0, 0, 0.0, 0.25, null, 0.0),
                        new ProbePoint(0, 1, null, 0.5, 1.0, null),
                        new ProbePoint(10, 0, 0.5, 0.75, 0.9, 0.5)));
        ReportFiles.in(out)
                .write(
                        new Report(1, config(), new Environment("", "", "", 1, "", "", ""), List.of(result)),
                        List.of(new Outcome(strategy, result, "", timeline, timeline)));
        assertThat(out.resolve("probe.csv")).hasContent("""
                        strategy,step,boundary,cosine,signAgreement,relativeError,normRatio
                        decoupled,0,0,0.0,0.25,,0.0
                        decoupled,0,1,,0.5,1.0,
                        decoupled,10,0,0.5,0.75,0.9,0.5
                        """);
        assertThat(out.resolve("probe.png")).isNotEmptyFile();
        Report read = Json.read(out.resolve("report.json"), Report.class);
        assertThat(read.runs().get(0).probe()).isEqualTo(result.probe());
        write(out, "plain");
        assertThat(out.toFile().list()).doesNotContain("probe.csv", "probe.png");
        assertThat(Files.readString(out.resolve("report.json"))).doesNotContain("probe");
        assertThat(Json.read(out.resolve("report.json"), Report.class)
                        .runs()
                        .get(0)
                        .probe())
                .isEmpty();
    }

    /** Where no comparison ever wrote its report, even a file of that name is somebody else's. */
    @Test
    void aDirectoryWithoutAReportIsNotCleared() throws IOException {
        Path out = Files.createDirectory(directory.resolve("out"));
        Files.createFile(out.resolve("plain.log"));
        write(out, "abn");
        assertThat(out.resolve("plain.log")).exists();
    }

    @Test
    void whatFailsLeavesWhatWasThere() throws IOException {
        Path out = directory.resolve("out");
        write(out, "plain");
        byte[] report = Files.readAllBytes(out.resolve("report.json"));
        ReportFiles files = ReportFiles.in(out);
        assertThatThrownBy(() -> files.write(Map.of("report.json", file -> {
                    throw new IOException("full");
                })))
                .hasMessage("full");
        assertThat(out.resolve("report.json")).hasBinaryContent(report);
        assertThat(out.toFile().list()).hasSize(4);
        assertThat(TextTable.of(List.of(result(Strategy.PLAIN)))).contains("not finite  not finite");
    }

    @Test
    void bytesInAFileAreToldWhereThereAreAny() throws IOException {
        RunResult plain = result(Strategy.PLAIN);
        RunResult offloaded = result(Strategy.PLAIN, 77L);
        Path json = directory.resolve("run.json");
        Json.write(json, plain);
        assertThat(json).content().doesNotContain("offloaded");
        assertThat(Json.read(json, RunResult.class).offloadedPeakBytes()).isNull();
        assertThat(CsvReport.lines(List.of(plain)).get(0)).doesNotContain("offloaded");
        Json.write(json, offloaded);
        assertThat(json).content().contains("\"offloadedPeakBytes\" : 77");
        assertThat(Json.read(json, RunResult.class).offloadedPeakBytes()).isEqualTo(77);
        List<String> lines = CsvReport.lines(List.of(plain, offloaded));
        assertThat(lines.get(0)).contains(",reservedPeakBytes,offloadedPeakBytes,primitiveBytes,");
        assertThat(lines.get(1)).contains(",1,,1,");
        assertThat(lines.get(2)).contains(",1,77,1,");
    }
}
