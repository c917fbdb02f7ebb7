package org.backpropaganda.experiments.sequence;

import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.backpropaganda.experiments.UserException;

/**
 * Sequences of symbols of eight random bits, to be said again once, or as often as is asked for.
 *
 * <pre>
 * step     : 0 | 1 … N   | N + 1          | N + 2 … N + 1 + R N | last
 * channels : 8 | 0 … 7   | 9, with R      | -                   | -      of the input [10]
 * answer   : - | -       | -              | 0 … 7               | 8      of the output [9]
 * </pre>
 *
 * Levels rise when what is said costs fewer than 0.15 bits a bit: N by one to copy; to repeat, R until it is N, then N.
 *
 * <p>Source: Graves et al. 2014, "Neural Turing Machines", § 4.1 and 4.2; curriculum: Zaremba and Sutskever 2015, and Jaderberg
 * et al. 2017, "Decoupled Neural Interfaces using Synthetic Gradients", § 3.1.
 */
public enum CopyTask {
    /** Each once. */
    COPY("copy"),
    /** As often as is asked for. */
    REPEAT_COPY("repeat-copy");

    /** Bits of a symbol. */
    static final int BITS = 8;

    /** Channels of what is read: bits and two marks. */
    static final int INPUTS = BITS + 2;

    /** Channels of what is said: bits and the end. */
    static final int OUTPUTS = BITS + 1;

    /** Bits a bit below which a level is solved. */
    static final double SOLVED = 0.15;

    private final String word;

    CopyTask(String word) {
        this.word = word;
    }

    /** The task of a name on the command line. */
    public static CopyTask named(String name) {
        return Arrays.stream(values())
                .filter(task -> task.word.equals(name))
                .findFirst()
                .orElseThrow(
                        () -> new UserException("unknown task '" + name + "': choose " + String.join(" or ", names())));
    }

    /** The names of all tasks. */
    public static List<String> names() {
        return Arrays.stream(values()).map(task -> task.word).toList();
    }

    /** The name on the command line. */
    public String word() {
        return word;
    }

    /** The level above one. */
    CopyLevel above(CopyLevel level) {
        return this == REPEAT_COPY && level.repeats() < level.symbols()
                ? new CopyLevel(level.symbols(), level.repeats() + 1)
                : new CopyLevel(level.symbols() + 1, level.repeats());
    }

    /**
     * Sequences beside one another, a function of the seed and their number.
     *
     * @param inputs [length, B, 10]
     * @param targets [length, B, 9]
     */
    @SuppressWarnings("ArrayRecordComponent")
    record Sequences(double[] inputs, double[] targets) {}

    static Sequences sequences(CopyLevel level, int batch, long seed, long number) {
        SplittableRandom random = new SplittableRandom(new SplittableRandom(seed).nextLong() + number);
        int n = level.symbols();
        double[] inputs = new double[level.length() * batch * INPUTS];
        double[] targets = new double[level.length() * batch * OUTPUTS];
        for (int b = 0; b < batch; b++) {
            inputs[b * INPUTS + BITS] = 1;
            inputs[((n + 1) * batch + b) * INPUTS + BITS + 1] = level.repeats();
            targets[((level.length() - 1) * batch + b) * OUTPUTS + BITS] = 1;
            for (int symbol = 0; symbol < n; symbol++) {
                long bits = random.nextLong() >>> (Long.SIZE - BITS);
                for (int bit = 0; bit < BITS; bit++) {
                    double value = bits >> bit & 1;
                    inputs[((1 + symbol) * batch + b) * INPUTS + bit] = value;
                    for (int repeat = 0; repeat < level.repeats(); repeat++) {
                        int step = level.firstAnswer() + repeat * n + symbol;
                        targets[(step * batch + b) * OUTPUTS + bit] = value;
                    }
                }
            }
        }
        return new Sequences(inputs, targets);
    }
}
