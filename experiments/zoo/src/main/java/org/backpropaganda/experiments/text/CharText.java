package org.backpropaganda.experiments.text;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.BitSet;
import java.util.SplittableRandom;
import org.backpropaganda.experiments.UserException;
import org.backpropaganda.experiments.Words;

/** A text as numbers of its characters; the last tenth is kept for validation. */
public final class CharText {
    private static final int TENTHS = 10;

    /** The bytes, two for a character as it is decoded and again as a string, four for its number, and those once more. */
    private static final int HEAP_A_BYTE = 16;

    private static final long MOST_BYTES = 1 << 30;

    private final int[] characters;
    private final int[] train;
    private final int[] validation;

    private CharText(String text) {
        BitSet found = new BitSet();
        text.codePoints().forEach(found::set);
        characters = found.stream().toArray();
        int[] all = new int[text.codePointCount(0, text.length())];
        for (int i = 0, at = 0; i < all.length; i++) {
            int c = text.codePointAt(at);
            all[i] = Arrays.binarySearch(characters, c);
            at += Character.charCount(c);
        }
        int cut = all.length - all.length / TENTHS;
        train = Arrays.copyOf(all, cut);
        validation = Arrays.copyOfRange(all, cut, all.length);
    }

    /**
     * A text.
     *
     * @param window the length of the pieces that will be asked for
     */
    public static CharText of(String text, int window) {
        CharText result = new CharText(text);
        if (result.validation.length <= window) {
            throw new UserException("a text of " + text.length() + " characters is too short for windows of " + window);
        }
        return result;
    }

    /**
     * Reads a UTF-8 file.
     *
     * @throws UserException if it is none, cannot be read, is too short, or larger than the Java heap has room for
     */
    public static CharText read(Path file, int window) {
        long most = Math.min(MOST_BYTES, Runtime.getRuntime().maxMemory() / HEAP_A_BYTE);
        try (InputStream in = Files.newInputStream(file)) {
            byte[] bytes = in.readNBytes((int) most + 1);
            if (bytes.length > most) {
                throw new UserException(file + " is a text of more than " + most + " bytes, which the Java heap of "
                        + Runtime.getRuntime().maxMemory() + " bytes has no room for; take a part of it");
            }
            return of(
                    StandardCharsets.UTF_8
                            .newDecoder()
                            .decode(ByteBuffer.wrap(bytes))
                            .toString(),
                    window);
        } catch (CharacterCodingException e) {
            throw new UserException(file + " is not UTF-8 text");
        } catch (NoSuchFileException e) {
            throw new UserException("there is no file " + file);
        } catch (IOException e) {
            throw new UserException("cannot read " + file + " (" + Words.reason(e) + ")");
        }
    }

    /** How many different characters there are. */
    public int vocabulary() {
        return characters.length;
    }

    /** A number that another text hardly has. */
    public long fingerprint() {
        return ((long) Arrays.hashCode(train) << Integer.SIZE)
                ^ Arrays.hashCode(validation)
                ^ Arrays.hashCode(characters);
    }

    /** Numbers of the characters of windows, and of those one place further on. */
    @SuppressWarnings("ArrayRecordComponent")
    record Windows(int[] inputs, int[] targets) {}

    /** Windows of the training text at random places. */
    Windows random(int count, int length, SplittableRandom random) {
        int[] starts = random.ints(count, 0, train.length - length - 1).toArray();
        return windows(train, starts, length, length);
    }

    /**
     * Windows of the validation text, from the number {@code from} on.
     *
     * @param stride from the start of a window to that of the next
     * @param counted how many of the last characters of each window have targets
     */
    Windows validation(int from, int count, int length, int stride, int counted) {
        int[] starts = new int[count];
        for (int i = 0; i < count; i++) {
            starts[i] = (from + i) * stride;
        }
        return windows(validation, starts, length, counted);
    }

    /** How many windows the validation text has. */
    int validationWindows(int length, int stride) {
        return (validation.length - 1 - length) / stride + 1;
    }

    /** Checks that streams of the training text beside one another have a whole window each. */
    void checkStreams(int count, int window) {
        if (trainStreams(count).windows(window) == 0) {
            throw new UserException("a text of " + (train.length + validation.length) + " characters is too short for "
                    + count + " streams of windows of " + window + "; take a smaller batch or shorter windows");
        }
    }

    /** The training text in streams beside one another. */
    Streams trainStreams(int count) {
        return new Streams(train, count);
    }

    /** The validation text in streams beside one another. */
    Streams validationStreams(int count) {
        return new Streams(validation, count);
    }

    /** Neighbouring parts of a text, all of one length, read at the same time. */
    static final class Streams {
        private final int[] text;
        private final int count;
        private final int length;

        private Streams(int[] text, int count) {
            this.text = text;
            this.count = count;
            this.length = (text.length - 1) / count;
        }

        /** How many whole windows follow one another. */
        int windows(int steps) {
            return length / steps;
        }

        /** A window of each stream, step by step: [T, count]. The one behind the whole ones has the steps that are left. */
        Windows window(int number, int steps) {
            int from = number * steps;
            int left = Math.max(0, Math.min(steps, length - from));
            int[] inputs = new int[left * count];
            int[] targets = new int[inputs.length];
            for (int t = 0; t < left; t++) {
                for (int stream = 0; stream < count; stream++) {
                    int at = stream * length + from + t;
                    inputs[t * count + stream] = text[at];
                    targets[t * count + stream] = text[at + 1];
                }
            }
            return new Windows(inputs, targets);
        }
    }

    /** The length of the validation text. */
    int validationCharacters() {
        return validation.length;
    }

    private static Windows windows(int[] text, int[] starts, int length, int counted) {
        int[] inputs = new int[starts.length * length];
        int[] targets = new int[starts.length * counted];
        for (int i = 0; i < starts.length; i++) {
            System.arraycopy(text, starts[i], inputs, i * length, length);
            System.arraycopy(text, starts[i] + 1 + length - counted, targets, i * counted, counted);
        }
        return new Windows(inputs, targets);
    }

    /** The characters that numbers stand for. */
    String decode(int[] numbers) {
        int[] points = Arrays.stream(numbers).map(i -> characters[i]).toArray();
        return new String(points, 0, points.length);
    }

    /** The number of a line feed, or of the first character where there is none. */
    int start() {
        return Math.max(0, Arrays.binarySearch(characters, '\n'));
    }
}
