package org.backpropaganda.experiments.fit;

import java.util.OptionalLong;
import java.util.function.LongUnaryOperator;

/**
 * The largest size, as of a batch, whose step needs no more bytes than a budget has. Sizes are tried by doubling and then by
 * halving the gap, each once: about twice the logarithm of the answer.
 *
 * <pre>{@code
 * LargestThatFits found = LargestThatFits.search(batch -> peakBytes(batch), 1L << 30, 1, 1 << 20);
 * if (found.size().isEmpty()) {
 *     say("nothing fits; the least is " + found.nextBytes().getAsLong());
 * }
 * }</pre>
 *
 * <p>The answer itself is always checked: its bytes are within the budget, and those of the next size are not, unless it is the
 * largest that was asked for. Where bytes only grow with the size, none beyond it fits. Where they may also fall, sizes beyond the
 * first that was tried in vain may fit too, and are not looked for.
 *
 * @param size that fits; empty if the smallest does not
 * @param bytes of that size; empty likewise
 * @param nextBytes of the next size, which does not fit: the least bytes that anything needs if nothing fits; empty if the
 *     largest size asked for fits
 */
public record LargestThatFits(OptionalLong size, OptionalLong bytes, OptionalLong nextBytes) {

    /**
     * Searches.
     *
     * @param peakBytes of a size; asked for sizes from {@code smallest} to {@code largest}, for none twice. What it throws is
     *     thrown
     * @param budgetBytes at least 1
     * @param smallest the first size to try, at least 1
     * @param largest that is wanted, at least {@code smallest}
     * @throws IllegalArgumentException if budget or sizes are not such
     * @throws IllegalStateException if a size is told to need less than no bytes
     */
    public static LargestThatFits search(LongUnaryOperator peakBytes, long budgetBytes, long smallest, long largest) {
        if (budgetBytes < 1 || smallest < 1 || largest < smallest) {
            throw new IllegalArgumentException(
                    "largest that fits: a budget of " + budgetBytes + " bytes for sizes from " + smallest + " to "
                            + largest + "; give at least 1 byte, and sizes from 1 on in ascending order");
        }
        long fits = smallest;
        long fitsBytes = checked(peakBytes, smallest);
        if (fitsBytes > budgetBytes) {
            return new LargestThatFits(OptionalLong.empty(), OptionalLong.empty(), OptionalLong.of(fitsBytes));
        }
        long tooLarge = largest;
        long tooLargeBytes = -1;
        while (tooLargeBytes < 0 && fits < largest) {
            long next = fits > largest / 2 ? largest : 2 * fits;
            long bytes = checked(peakBytes, next);
            if (bytes <= budgetBytes) {
                fits = next;
                fitsBytes = bytes;
            } else {
                tooLarge = next;
                tooLargeBytes = bytes;
            }
        }
        while (tooLarge - fits > 1) {
            long middle = fits + (tooLarge - fits) / 2;
            long bytes = checked(peakBytes, middle);
            if (bytes <= budgetBytes) {
                fits = middle;
                fitsBytes = bytes;
            } else {
                tooLarge = middle;
                tooLargeBytes = bytes;
            }
        }
        return new LargestThatFits(
                OptionalLong.of(fits),
                OptionalLong.of(fitsBytes),
                tooLargeBytes < 0 ? OptionalLong.empty() : OptionalLong.of(tooLargeBytes));
    }

    private static long checked(LongUnaryOperator peakBytes, long size) {
        long bytes = peakBytes.applyAsLong(size);
        if (bytes < 0) {
            throw new IllegalStateException("largest that fits: size " + size + " is said to need " + bytes
                    + " bytes; bytes that are too many for a long have to be refused where they are counted");
        }
        return bytes;
    }
}
