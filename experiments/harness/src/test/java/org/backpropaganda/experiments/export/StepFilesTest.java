package org.backpropaganda.experiments.export;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.backpropaganda.experiments.UserException;
import org.backpropaganda.experiments.model.Strategy;
import org.backpropaganda.experiments.peak.Peak;
import org.backpropaganda.experiments.peak.StepLog;
import org.backpropaganda.experiments.run.RunConfig;
import org.backpropaganda.experiments.run.TrainingData;
import org.backpropaganda.experiments.run.TrainingRun;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Traces and snapshots of real steps, read as the programs do that they are for. */
class StepFilesTest {
    @TempDir
    private Path directory;

    private StepLog log(String strategy) throws IOException {
        RunConfig config = new RunConfig(
                new RunConfig.Shape("revnet", 4, 8, 1, 2),
                new RunConfig.Passes(8, 2, 0, 5, 1),
                new RunConfig.Descent("sgd", 0.02, 1e-4, "constant"),
                new RunConfig.Source("synthetic", null, false),
                new RunConfig.Machine(1, "float"));
        try (TrainingRun run = new TrainingRun(config, Strategy.parse(strategy), TrainingData.open(config))) {
            run.train(directory.resolve("first.bin"), (done, of) -> {});
            return run.log();
        }
    }

    private JsonNode trace(StepLog log, int mostSlices, int mostSamples) throws IOException {
        Path file = directory.resolve("trace.json");
        ChromeTrace.write(log, "plain", file, mostSlices, mostSamples);
        return JsonMapper.shared().readTree(file.toFile());
    }

    /** What the format asks for, and Perfetto of slices: in order of time, each is in the one around it or after it. */
    private static void check(JsonNode trace) {
        assertThat(trace.get("displayTimeUnit").asString()).isEqualTo("ms");
        Deque<BigDecimal> ends = new ArrayDeque<>();
        BigDecimal last = BigDecimal.ZERO;
        for (JsonNode event : trace.get("traceEvents")) {
            assertThat(event.get("name").isString()).isTrue();
            assertThat(event.get("pid").isInt()).isTrue();
            assertThat(event.get("ts").isNumber()).isTrue();
            assertThat(event.get("ph").asString()).isIn("X", "C", "M", "i");
            assertThat(event.get("args").isObject()).isTrue();
            if (!event.get("ph").asString().equals("X")) {
                continue;
            }
            BigDecimal began = event.get("ts").decimalValue();
            BigDecimal ended = began.add(event.get("dur").decimalValue());
            assertThat(began).isGreaterThanOrEqualTo(last);
            last = began;
            while (!ends.isEmpty()
                    && ends.peek().compareTo(began) <= 0
                    && ends.peek().compareTo(ended) < 0) {
                ends.pop();
            }
            if (!ends.isEmpty()) {
                assertThat(ended).isLessThanOrEqualTo(ends.peek());
            }
            ends.push(ended);
        }
    }

    private static long sum(JsonNode sample) {
        long sum = 0;
        for (JsonNode bytes : sample.get("args")) {
            sum += bytes.asLong();
        }
        return sum;
    }

    private static void checkPeak(JsonNode trace, Peak peak) {
        JsonNode instant = null;
        for (JsonNode event : trace.get("traceEvents")) {
            instant = event.get("ph").asString().equals("i") ? event : instant;
        }
        assertThat(instant).isNotNull();
        assertThat(instant.get("args").get("bytes").asLong()).isEqualTo(peak.bytes());
        long most = 0;
        Set<Long> atPeak = new HashSet<>();
        for (JsonNode event : trace.get("traceEvents")) {
            if (event.get("ph").asString().equals("C")) {
                most = Math.max(most, sum(event));
                if (event.get("ts").decimalValue().compareTo(instant.get("ts").decimalValue()) == 0) {
                    atPeak.add(sum(event));
                }
            }
        }
        assertThat(most).isEqualTo(peak.bytes());
        assertThat(atPeak).contains(peak.bytes());
    }

    @ParameterizedTest
    @ValueSource(strings = {"plain", "checkpoint", "reversible", "decoupled"})
    void slicesNestAndCountersReachThePeak(String strategy) throws IOException {
        StepLog log = log(strategy);
        JsonNode trace = trace(log, 200_000, 50_000);
        check(trace);
        checkPeak(trace, Peak.of(log));
        Set<String> names = new HashSet<>();
        trace.get("traceEvents").forEach(event -> names.add(event.get("name").asString()));
        assertThat(names)
                .contains(
                        "process_name",
                        "thread_name",
                        "forward",
                        "backward",
                        "update",
                        "blocks",
                        "conv2d",
                        "live bytes");
    }

    @Test
    void cappedTheyStillNestAndReachThePeak() throws IOException {
        StepLog log = log("checkpoint");
        JsonNode trace = trace(log, 50, 20);
        check(trace);
        checkPeak(trace, Peak.of(log));
        Map<String, Integer> counts = new HashMap<>();
        trace.get("traceEvents").forEach(event -> counts.merge(event.get("ph").asString(), 1, Integer::sum));
        assertThat(counts.get("X")).isBetween(40, 50);
        assertThat(counts.get("C")).isBetween(10, 21);
        assertThat(trace.get("otherData").get("slices left out").asInt()).isPositive();
    }

    /**
     * Replays a snapshot as MemoryViz.js does: what is freed and was never allocated, and what is active at the end and was not
     * either, was there at first. Blocks of a segment lie end to end.
     */
    private static final String READER = """
            import pickle, pickletools, sys
            data = open(sys.argv[1], "rb").read()
            pickletools.dis(data, out=open("/dev/null", "w"))
            snapshot = pickle.loads(data)
            [trace] = snapshot["device_traces"]
            [segment] = snapshot["segments"]
            live, first, change, ranges = {}, 0, [], {}
            for event in trace:
                if event["action"] == "alloc":
                    assert event["addr"] not in live
                    live[event["addr"]] = event["size"]
                    change.append(event["size"])
                elif event["action"] == "free_completed":
                    if event["addr"] in live:
                        assert live.pop(event["addr"]) == event["size"]
                    else:
                        first += event["size"]
                    change.append(-event["size"])
                assert all(set(f) == {"filename", "line", "name"} for f in event["frames"])
            at = segment["address"]
            for block in segment["blocks"]:
                assert block["address"] == at
                at += block["size"]
                if block["state"] == "active_allocated" and block["address"] not in live:
                    first += block["size"]
            assert at == segment["address"] + segment["total_size"]
            most = now = first
            for each in change:
                now += each
                most = max(most, now)
            print(most)
            """;

    @ParameterizedTest
    @ValueSource(strings = {"plain", "reversible"})
    void pythonReadsTheSnapshotAndFindsThePeak(String strategy) throws IOException, InterruptedException {
        StepLog log = log(strategy);
        Path file = directory.resolve("snapshot.pickle");
        MemorySnapshot.write(log, file);
        Path reader = Files.writeString(directory.resolve("reader.py"), READER);
        Path output = directory.resolve("output");
        Process python;
        try {
            python = new ProcessBuilder("python3", reader.toString(), file.toString())
                    .redirectErrorStream(true)
                    .redirectOutput(output.toFile())
                    .start();
        } catch (IOException e) {
            System.err.println("SKIPPED: there is no python3 to read a memory snapshot (" + e.getMessage() + ")");
            assumeTrue(false, "no python3");
            return;
        }
        assertThat(python.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(Files.readString(output).strip())
                .isEqualTo(Long.toString(Peak.of(log).bytes()));
    }

    @Test
    void blocksTakeTheFirstGapThatTheyFitIn() {
        AddressSpace space = new AddressSpace();
        long a = space.allocate(10);
        long b = space.allocate(20);
        long c = space.allocate(5);
        assertThat(List.of(a, b, c)).containsExactly(AddressSpace.BASE, AddressSpace.BASE + 10, AddressSpace.BASE + 30);
        space.release(a, 10);
        space.release(b, 20);
        assertThat(space.allocate(25)).isEqualTo(AddressSpace.BASE);
        assertThat(space.allocate(6)).isEqualTo(AddressSpace.BASE + 35);
        assertThat(space.bytes()).isEqualTo(41);
    }

    /** Against a list of bytes. */
    @Property
    void blocksNeverOverlap(
            @ForAll @Size(max = 60) List<@IntRange(min = 1, max = 9) Integer> sizes, @ForAll long seed) {
        AddressSpace space = new AddressSpace();
        Map<Long, Integer> live = new HashMap<>();
        Set<Long> taken = new HashSet<>();
        Random random = new Random(seed);
        for (int size : sizes) {
            long address = space.allocate(size);
            for (long at = address; at < address + size; at++) {
                assertThat(taken.add(at)).isTrue();
            }
            live.put(address, size);
            if (random.nextBoolean()) {
                long gone = live.keySet().iterator().next();
                int bytes = live.remove(gone);
                space.release(gone, bytes);
                for (long at = gone; at < gone + bytes; at++) {
                    taken.remove(at);
                }
            }
        }
        assertThat(taken).allMatch(at -> at < AddressSpace.BASE + space.bytes());
    }

    @Test
    void unknownNamesAreRefusedWithTheNearest() {
        assertThat(ExportFormat.parse("trace,memory-viz")).containsExactly(ExportFormat.TRACE, ExportFormat.MEMORY_VIZ);
        assertThatExceptionOfType(UserException.class)
                .isThrownBy(() -> ExportFormat.parse("csv,tensorbord"))
                .withMessage(
                        "there is no export 'tensorbord' (did you mean tensorboard?); choose of trace, tensorboard,"
                                + " memory-viz, csv, json");
    }
}
