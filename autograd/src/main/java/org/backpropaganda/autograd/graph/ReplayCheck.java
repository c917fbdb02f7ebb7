package org.backpropaganda.autograd.graph;

import java.util.concurrent.atomic.LongAdder;

/**
 * Compares every replay with its first run value by value, and looks for effects that a replay has. For {@link
 * TapeBuilder#replayCheck}; an aid to find what breaks a replay, since each value is read once more.
 *
 * <pre>{@code
 * ReplayCheck check = new ReplayCheck();
 * try (Tape tape = Tape.builder(scope).replayCheck(check).build()) {
 *     tape.backward(loss(tape)).close();
 * }
 * System.out.println(check);
 * }</pre>
 *
 * <p>Of every input, op, segment and state of a first run a CRC-32C of its bytes is kept on the heap, 8 bytes each, until backward
 * has ended; the first that differs in the replay is an error which names the module path, the step and the op. Bits are
 * compared, so −0 is not 0 and a NaN is the same as itself. A checksum tells that values differ, not how far, and misses one
 * difference in 2³². Not compared, but counted as {@linkplain #skipped skipped}, is a replay that begins from values which
 * are not the first run's: reconstructed ones of a reversible sequence, those that a policy has rounded, weights that may be
 * newer. What runs on shapes alone has no values and is not counted.
 *
 * <p>Parameters and buffers that a replay writes are refused without this check too, where the module that runs owns them. With
 * it, those of all modules inside are looked at, and so are fields of modules that hold a number: a counter {@code int
 * calls} which {@code forward} increments.
 *
 * <p>One check may serve any number of tapes.
 */
public final class ReplayCheck {
    private final LongAdder compared = new LongAdder();
    private final LongAdder skipped = new LongAdder();

    /** How many inputs, results of ops and segments, and states of replays had the values of the first run. */
    public long compared() {
        return compared.sum();
    }

    /** How many could not be compared, because the replay began from other values by its nature. */
    public long skipped() {
        return skipped.sum();
    }

    void passed() {
        compared.increment();
    }

    void passedOver() {
        skipped.increment();
    }

    @Override
    public String toString() {
        return "replay check: " + compared + " values compared, " + skipped
                + " skipped, of replays that begin from other values";
    }
}
