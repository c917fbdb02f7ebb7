package org.backpropaganda.experiments.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import org.backpropaganda.autograd.io.Progress;
import org.backpropaganda.experiments.UserException;
import org.backpropaganda.synthetic.recurrent.RecurrentMethod;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class CharTrainingTest {
    private static final int LENGTH = 16;

    private static CharTraining training(String strategy, int steps) {
        CharText text = CharText.of("abcdefgh\n".repeat(60), LENGTH);
        return new CharTraining(
                text,
                new CharTraining.Sizes(CharTraining.Kind.TRANSFORMER, strategy, 2, 16, 2, 0, LENGTH, 8, steps, 1, 2));
    }

    /** Which letter follows the spaces is told by the letter before them, which may stand in the window before. */
    @Test
    void anLstmRemembersFromWindowToWindow() {
        String text = "a   b   ".repeat(120);
        CharTraining.Sizes sizes =
                new CharTraining.Sizes(CharTraining.Kind.LSTM, "plain", 1, 32, 1, 0, 6, 4, 200, 1, 2);
        try (CharTraining training = new CharTraining(CharText.of(text, 6), sizes)) {
            double first = training.step();
            double last = first;
            for (int i = 1; i < 200; i++) {
                last = training.step();
            }
            assertThat(first).isGreaterThan(1.3);
            assertThat(last).isLessThan(0.1);
            assertThat(training.validation()).isLessThan(0.2);
            assertThat(training.sample(16, 0.1, 1)).contains("a   b   a");
        }
    }

    private static CharTraining lstm(RecurrentMethod method) {
        CharTraining.Sizes sizes =
                new CharTraining.Sizes(CharTraining.Kind.LSTM, "plain", 1, 6, 1, 0.1, 4, 2, 9, 1, 1, method);
        return new CharTraining(CharText.of("abcdefgh\n".repeat(6), 4), sizes);
    }

    /** The text has six windows, so that nine steps read it more than once. */
    @ParameterizedTest
    @ValueSource(strings = {"bptt", "dni", "dni-aux", "bp-lambda"})
    void anLstmThatGoesOnFromItsStateEndsWithTheSameBytes(String name, @TempDir Path directory) throws IOException {
        Path whole = directory.resolve("whole");
        Path stopped = directory.resolve("stopped");
        RecurrentMethod method = RecurrentMethod.named(name);
        try (CharTraining once = lstm(method);
                CharTraining first = lstm(method);
                CharTraining second = lstm(method)) {
            for (int i = 0; i < 9; i++) {
                once.step();
            }
            once.state().save(whole, Progress.at(once.made()));
            for (int i = 0; i < 4; i++) {
                first.step();
            }
            first.state().save(stopped, Progress.at(first.made()));
            second.goOn(second.state().load(stopped).step());
            for (int i = 4; i < 9; i++) {
                second.step();
            }
            second.state().save(stopped, Progress.at(second.made()));
            assertThat(Files.readAllBytes(stopped)).isEqualTo(Files.readAllBytes(whole));
        }
    }

    @Test
    void anotherTextHasAnotherFingerprint() {
        long print = CharText.of("abc".repeat(20), 2).fingerprint();
        assertThat(CharText.of("abc".repeat(20), 2).fingerprint()).isEqualTo(print);
        assertThat(CharText.of("acb".repeat(20), 2).fingerprint()).isNotEqualTo(print);
        assertThat(CharText.of("abd".repeat(20), 2).fingerprint()).isNotEqualTo(print);
    }

    /** A text that repeats can be foretold from its last character. */
    @ParameterizedTest
    @ValueSource(strings = {"plain", "checkpoint", "reversible"})
    void learnsWhatRepeats(String strategy) {
        try (CharTraining training = training(strategy, 300)) {
            double first = training.step();
            double last = first;
            for (int i = 1; i < 300; i++) {
                last = training.step();
            }
            assertThat(first).isBetween(3.0, 3.4);
            assertThat(last).isLessThan(0.5);
            assertThat(training.validation()).isLessThan(0.5);
            assertThat(training.sample(9, 0.1, 1)).isEqualTo("abcdefgh\n");
        }
    }

    @Test
    void checkpointedStepsAreThePlainOnes() {
        try (CharTraining plain = training("plain", 5);
                CharTraining checkpoint = training("checkpoint", 5)) {
            for (int i = 0; i < 5; i++) {
                assertThat(checkpoint.step()).isEqualTo(plain.step());
            }
            assertThat(checkpoint.peakActivationBytes()).isLessThan(plain.peakActivationBytes());
        }
    }

    @ParameterizedTest
    @EnumSource(CharTraining.Kind.class)
    void whatDivergesSaysSo(CharTraining.Kind kind) {
        CharTraining.Sizes sizes = new CharTraining.Sizes(kind, "plain", 1, 8, 2, 0, LENGTH, 2, 5, 1, 1);
        try (CharTraining training = new CharTraining(CharText.of("abcdefgh\n".repeat(60), LENGTH), sizes)) {
            training.step();
            training.parameters().forEach(parameter -> parameter.value().fill(Double.NaN));
            assertThatThrownBy(training::step)
                    .isInstanceOf(UserException.class)
                    .hasMessageStartingWith("the loss of step 2 is NaN: the training has diverged");
            assertThatThrownBy(training::validation)
                    .isInstanceOf(UserException.class)
                    .hasMessageStartingWith("the validation's loss is NaN");
        }
    }

    /** By hand: four copies of 12 w² a block, and at least eight numbers of a token's width a block that is kept. */
    @Test
    void leastBytesGrowAsTheModelDoes() {
        assertThat(sizes(CharTraining.Kind.TRANSFORMER, "plain", 65536).leastBytes(100))
                .isEqualTo(4.0 * (4 * (65536.0 * 12 * 128 * 128 + 100 * 128) + 65536.0 * 8 * 12 * 64 * 128));
        assertThat(sizes(CharTraining.Kind.TRANSFORMER, "reversible", 65536).leastBytes(100))
                .isEqualTo(4.0 * (4 * (65536.0 * 12 * 128 * 128 + 100 * 128) + 8 * 12 * 64 * 128));
        assertThat(sizes(CharTraining.Kind.LSTM, "plain", 2).leastBytes(100))
                .isEqualTo(4.0 * (4 * (2.0 * 4 * 128 * 128 + 100 * 128) + 2 * 5 * 12 * 64 * 128));
    }

    private static CharTraining.Sizes sizes(CharTraining.Kind kind, String memory, int depth) {
        return new CharTraining.Sizes(kind, memory, depth, 128, 4, 0, 64, 12, 1, 1, 1);
    }

    @ParameterizedTest
    @CsvSource({"TRANSFORMER, plain", "TRANSFORMER, reversible", "LSTM, plain"})
    void leastBytesAreNoMoreThanWhatIsTaken(CharTraining.Kind kind, String memory) {
        CharTraining.Sizes sizes = new CharTraining.Sizes(kind, memory, 3, 32, 2, 0.1, LENGTH, 8, 2, 1, 1);
        CharText text = CharText.of("abcdefgh\n".repeat(100), LENGTH);
        try (CharTraining training = new CharTraining(text, sizes)) {
            training.step();
            training.step();
            assertThat(sizes.leastBytes(text.vocabulary()))
                    .isLessThan((double) training.peakBytes())
                    .isPositive();
        }
    }

    /** A sparse file of zeros, of which a character takes a byte. */
    @Test
    void aTextThatIsTooLargeIsRefusedAsSuch(@TempDir Path directory) throws IOException {
        Path file = directory.resolve("large");
        long most = Math.min(1 << 30, Runtime.getRuntime().maxMemory() / 16);
        try (RandomAccessFile sparse = new RandomAccessFile(file.toFile(), "rw")) {
            sparse.setLength(most + 1);
        }
        assertThatThrownBy(() -> CharText.read(file, 3))
                .isInstanceOf(UserException.class)
                .hasMessageContainingAll("is a text of more than " + most + " bytes", "take a part of it");
    }

    @Test
    void streamsCoverTheTextStepByStep() {
        CharText text = CharText.of("abcdefghijklmnopqrstuvwxyz0123456789".repeat(2), 2);
        CharText.Streams streams = text.trainStreams(4);
        assertThat(streams.windows(5)).isEqualTo(3);
        assertThat(text.decode(streams.window(1, 5).inputs())).isEqualTo("fvbrgwcshxdtiyeujzfv");
        assertThat(text.decode(streams.window(1, 5).targets())).isEqualTo("gwcshxdtiyeujzfvk0gw");
        assertThat(text.decode(streams.window(3, 5).inputs())).isEqualTo("p5l1");
        assertThat(streams.window(4, 5).inputs()).isEmpty();
    }

    /** Each window goes on where the one before it stops being counted. */
    @Test
    void validationWindowsOverlap() {
        CharText text = CharText.of("-".repeat(90) + "abcdefghij", 4);
        assertThat(text.validationWindows(4, 2)).isEqualTo(3);
        CharText.Windows windows = text.validation(1, 2, 4, 2, 2);
        assertThat(text.decode(windows.inputs())).isEqualTo("cdefefgh");
        assertThat(text.decode(windows.targets())).isEqualTo("fghi");
    }

    /** Of 60 characters 54 are for training, and 53 have one behind them: 4 streams of 13. */
    @Test
    void everyStreamHasAWindow() {
        CharText text = CharText.of("abc".repeat(20), 5);
        text.checkStreams(4, 13);
        CharTraining.Sizes sizes = new CharTraining.Sizes(CharTraining.Kind.LSTM, "plain", 1, 4, 1, 0, 14, 4, 1, 1, 1);
        assertThatThrownBy(() -> new CharTraining(text, sizes))
                .isInstanceOf(UserException.class)
                .hasMessage(
                        "a text of 60 characters is too short for 4 streams of windows of 14; take a smaller batch or"
                                + " shorter windows");
    }

    @Test
    void readsAnyCharacters(@TempDir Path directory) throws IOException {
        Path file = directory.resolve("text");
        Files.writeString(file, "añ𝄞".repeat(20));
        assertThat(CharText.read(file, 3).vocabulary()).isEqualTo(3);
        Files.write(file, new byte[] {(byte) 0xC3, 0x28});
        assertThatThrownBy(() -> CharText.read(file, 3))
                .isInstanceOf(UserException.class)
                .hasMessageContaining("is not UTF-8 text");
        assertThatThrownBy(() -> CharText.read(directory.resolve("none"), 3))
                .isInstanceOf(UserException.class)
                .hasMessageStartingWith("there is no file");
        assertThatThrownBy(() -> CharText.of("short", 8)).hasMessageContaining("too short for windows of 8");
    }
}
