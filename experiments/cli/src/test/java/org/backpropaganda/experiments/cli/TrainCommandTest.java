package org.backpropaganda.experiments.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.backpropaganda.autograd.io.TrainingState;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What becomes of the states of a run: they stay finite, they are kept, and they go where a user says. */
class TrainCommandTest {
    @TempDir
    private Path directory;

    private static Said train(Path state, String... more) {
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
                "--threads",
                "1",
                "--state",
                state.toString()));
        arguments.addAll(List.of(more));
        return Said.by(arguments.toArray(String[]::new));
    }

    private static void assertRefused(Said said, String... reasons) {
        assertThat(said.err())
                .startsWith("backprop: ")
                .contains(reasons)
                .hasLineCount(1)
                .doesNotContain("Exception");
        assertThat(said.code()).isEqualTo(2);
    }

    @Test
    void exportsGoWhereAUserSays() {
        Path exports = directory.resolve("exports");
        Said said = train(
                directory.resolve("run.state"),
                "--steps",
                "3",
                "--export",
                "trace,tensorboard,memory-viz,csv,json",
                "--export-dir",
                exports.toString());
        assertThat(said.err()).isEmpty();
        assertThat(said.out()).endsWith("exports: " + exports + System.lineSeparator());
        assertThat(exports.toFile().list())
                .containsExactlyInAnyOrder(
                        "report.html",
                        "trace-plain.json",
                        "snapshot-plain.pickle",
                        "course-plain.csv",
                        "course-plain.json",
                        "tensorboard");
        assertThat(exports.resolve("tensorboard/plain/events.out.tfevents.0.backprop"))
                .isNotEmptyFile();
        assertThat(exports.resolve("course-plain.csv"))
                .content()
                .hasLineCount(4)
                .startsWith("step,loss,peakBytes\n0,");
    }

    /** A run that has nothing left to do knows less than the one that did it. */
    @Test
    void aTrainingThatHasEndedKeepsItsPage() throws IOException {
        Path state = directory.resolve("run.state");
        Path out = directory.resolve("out");
        train(state, "--steps", "3", "--out", out.toString(), "--export", "csv");
        String page = Files.readString(out.resolve("report.html"));
        assertThat(page).contains("Loss by step");
        Said again = train(state, "--steps", "3", "--out", out.toString(), "--export", "csv");
        assertThat(again.code()).isZero();
        assertThat(again.out()).contains("nothing was left to train", "test accuracy: ");
        assertThat(out.resolve("report.html")).hasContent(page);
        assertThat(out.resolve("course-plain.csv")).content().hasLineCount(4);
        Said elsewhere =
                train(state, "--steps", "3", "--out", directory.resolve("new").toString());
        assertThat(elsewhere.out()).contains("page: ");
    }

    @Test
    void anUnknownExportIsRefusedBeforeAnythingIsTrained() {
        assertRefused(train(directory.resolve("run.state"), "--export", "traces"), "did you mean trace?");
        assertThat(directory.toFile().list()).isEmpty();
    }

    /** After the first update the weights are finite still, and the loss that they give is not. */
    @Test
    void aRunThatDivergesEndsAndLeavesItsLastFiniteState() throws IOException {
        Path state = directory.resolve("run.state");
        Said said = train(state, "--steps", "6", "--lr", "1e30", "--save-every", "1");
        assertRefused(said, "the loss of step 2 of 6 is", "diverged", state + " holds the state behind step 1", "--lr");
        assertThat(said.out()).contains("step 1 of 6: loss").doesNotContain("NaN", "accuracy");
        assertThat(TrainingState.peek(state).step()).isEqualTo(1);
        assertThat(directory.toFile().list()).containsExactly("run.state");

        Said again = train(state, "--steps", "6", "--lr", "1e30", "--save-every", "1");
        assertRefused(again, "the loss of step 2 of 6 is");
        assertThat(TrainingState.peek(state).step()).isEqualTo(1);
    }

    /** No loss follows the last update: the state itself tells. */
    @Test
    void aStateThatIsNotFiniteIsNeverSaved() throws IOException {
        Path state = directory.resolve("run.state");
        assertRefused(
                train(state, "--steps", "1", "--lr", "1e300"),
                "behind step 1 of 1 the state has numbers that are not finite, in model.",
                "there is no state of it yet");
        assertThat(directory).isEmptyDirectory();
    }

    @Test
    void aBatchIsCut() {
        Path state = directory.resolve("run.state");
        Said said = train(state, "--steps", "2", "--accumulate", "3");
        assertThat(said.code()).as(said.err()).isZero();
        assertRefused(train(state, "--steps", "2", "--accumulate", "2"), "accumulate 3, not 2");
        assertRefused(train(state, "--accumulate", "5"), "accumulate 5 is not within 1 and 4, half the batch of 8");
        assertRefused(Said.by("summary", "--accumulate", "2"), "--accumulate");
    }

    @Test
    void theLastStatesAreKept() throws IOException {
        Path state = directory.resolve("run.state");
        Said said = train(state, "--steps", "5", "--save-every", "1");
        assertThat(said.code()).isZero();
        assertThat(directory.toFile().list()).containsExactlyInAnyOrder("run.state", "run.state.1", "run.state.2");
        assertThat(TrainingState.peek(state).step()).isEqualTo(5);
        assertThat(TrainingState.peek(directory.resolve("run.state.2")).step()).isEqualTo(3);
        Said older = train(directory.resolve("run.state.2"), "--steps", "5", "--save-every", "1", "--keep", "1");
        assertThat(older.out()).startsWith("goes on behind step 3 of 5");
        assertThat(directory.resolve("run.state.2")).hasSameBinaryContentAs(state);
        assertThat(directory.toFile().list()).hasSize(3);
    }

    @ParameterizedTest
    @CsvSource({"5, 5 of a run that has 4", "2147483648, 2147483648 of a run that has 4", "9223372036854775807, has 4"})
    void aStateBehindTheEndIsRefused(String step, String reason) throws IOException {
        Path state = directory.resolve("run.state");
        assertThat(train(state, "--steps", "4").code()).isZero();
        rewrite(state, "\"step\":\"4\"", "\"step\":\"" + step + "\"");
        byte[] before = Files.readAllBytes(state);
        assertRefused(train(state, "--steps", "4"), "is the state behind step ", reason, "--state");
        assertThat(state).hasBinaryContent(before);
    }

    /** Another text in the header, with the length and the checksum of the whole made anew. */
    private static void rewrite(Path state, String from, String to) throws IOException {
        byte[] bytes = Files.readAllBytes(state);
        int length = (int) ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getLong(0);
        String header = new String(bytes, 8, length, StandardCharsets.UTF_8);
        assertThat(header).contains(from).startsWith("{\"__metadata__\":{\"sha256\":\"");
        String changed = header.replace(from, to).replaceFirst("[0-9a-f]{64}", "0".repeat(64));
        byte[] text = changed.getBytes(StandardCharsets.UTF_8);
        ByteBuffer out = ByteBuffer.allocate(8 + text.length + bytes.length - 8 - length)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(text.length)
                .put(text)
                .put(Arrays.copyOfRange(bytes, 8 + length, bytes.length));
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(out.array());
            byte[] hex = HexFormat.of().formatHex(digest).getBytes(StandardCharsets.US_ASCII);
            out.put(8 + "{\"__metadata__\":{\"sha256\":\"".length(), hex);
        } catch (NoSuchAlgorithmException e) {
            throw new IOException(e);
        }
        Files.write(state, out.array());
    }

    @Test
    @DisabledOnOs(OS.WINDOWS)
    void aLinkLeadsToTheState() throws IOException {
        Path elsewhere = Files.createDirectory(directory.resolve("elsewhere"));
        Path link = Files.createSymbolicLink(directory.resolve("link"), Path.of("elsewhere", "run.state"));
        assertThat(train(link, "--steps", "2", "--save-every", "1").code()).isZero();
        assertThat(link).isSymbolicLink();
        assertThat(elsewhere.toFile().list()).containsExactlyInAnyOrder("run.state", "run.state.1");
        assertThat(train(link, "--steps", "2").out()).startsWith("goes on behind step 2 of 2");
        assertThat(directory.toFile().list()).containsExactlyInAnyOrder("elsewhere", "link");
    }

    @Test
    @DisabledOnOs(OS.WINDOWS)
    void aPipeIsRefused() throws IOException, InterruptedException {
        Path pipe = directory.resolve("pipe");
        assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor())
                .isZero();
        assertTimeoutPreemptively(
                Duration.ofMinutes(1), () -> assertRefused(train(pipe, "--steps", "1"), "no regular file", "--state"));
    }

    @Test
    @DisabledOnOs(OS.WINDOWS)
    void aCircleOfLinksIsRefused() throws IOException {
        Files.createSymbolicLink(directory.resolve("a"), Path.of("b"));
        Files.createSymbolicLink(directory.resolve("b"), Path.of("a"));
        assertRefused(train(directory.resolve("a"), "--steps", "1"), "leads through more than 40 links");
    }

    /** Before anything is computed: nothing is said of a step. */
    @Test
    @DisabledOnOs(OS.WINDOWS)
    void aPlaceThatForbidsWritingShowsAtOnce() {
        Said said = train(Path.of("/proc/run.state"), "--steps", "1");
        assertRefused(said, "cannot write the state to /proc/run.state (");
        assertThat(said.out()).isEmpty();
    }
}
