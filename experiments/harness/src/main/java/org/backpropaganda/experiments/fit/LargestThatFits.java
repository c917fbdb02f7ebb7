package org.backpropaganda.experiments.fit;

import java.util.OptionalLong;
import java.util.function.LongUnaryOperator;

/**
 * The largest size, as of a batch, whose step needs no more bytes than a budget has. Bytes that are nearly
 * linear in the size are what it is made for: sizes are proposed where the line through the two nearest that were tried meets the
 * budget, so that of a line the answer takes four or five. Where bytes are not, sizes are at least doubled as long as they fit,
 * and the gap is halved where the line does not halve it: a few times the logarithm of the answer. No size is asked for twice.
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
    private static final long NONE = -1;

    /** How many sizes are tried before steps to larger ones have to double. */
    private static final int FREE_STEPS = 4;

    /** How many proposals of a line may in a row fail to halve the gap before it is halved. */
    private static final int SLOW_STEPS = 3;

    /** How many times the largest that fits the line may lead to at once. */
    private static final long FARTHEST = 64;

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
        long first = checked(peakBytes, smallest);
        if (first > budgetBytes) {
            return new LargestThatFits(OptionalLong.empty(), OptionalLong.empty(), OptionalLong.of(first));
        }
        Search search = new Search(peakBytes, budgetBytes, largest, smallest, first);
        search.findBound();
        search.closeIn();
        return new LargestThatFits(
                OptionalLong.of(search.fits),
                OptionalLong.of(search.fitsBytes),
                search.bounded() ? OptionalLong.of(search.tooLargeBytes) : OptionalLong.empty());
    }

    /** What is known while a search runs. */
    private static final class Search {
        private final LongUnaryOperator peakBytes;
        private final long budgetBytes;
        private final long largest;
        /** The largest that was found to fit. */
        private long fits;

        private long fitsBytes;
        /** The one that fits below it, or nothing yet. */
        private long before;

        private long beforeBytes = NONE;
        /** The smallest that was found not to fit, or nothing yet. */
        private long tooLarge;

        private long tooLargeBytes = NONE;

        Search(LongUnaryOperator peakBytes, long budgetBytes, long largest, long fits, long fitsBytes) {
            this.peakBytes = peakBytes;
            this.budgetBytes = budgetBytes;
            this.largest = largest;
            this.fits = fits;
            this.fitsBytes = fitsBytes;
        }

        boolean bounded() {
            return tooLargeBytes != NONE;
        }

        private void ask(long size) {
            long bytes = checked(peakBytes, size);
            if (bytes > budgetBytes) {
                tooLarge = size;
                tooLargeBytes = bytes;
            } else {
                before = fits;
                beforeBytes = fitsBytes;
                fits = size;
                fitsBytes = bytes;
            }
        }

        /** Up to a size that does not fit: the line's, the next, and then by steps that at least double. */
        void findBound() {
            long leastStep = 1;
            for (int asked = 0; !bounded() && fits < largest; asked++) {
                if (asked >= FREE_STEPS) {
                    leastStep = leastStep > Long.MAX_VALUE / 2 ? leastStep : 2 * leastStep;
                }
                long step = beforeBytes == NONE ? fits : Math.min(stepOf(before, beforeBytes), farthest());
                ask(fits + Math.min(Math.max(step, leastStep), largest - fits));
            }
        }

        private long farthest() {
            return fits > Long.MAX_VALUE / FARTHEST ? Long.MAX_VALUE : FARTHEST * fits;
        }

        /** Between the largest that fits and the smallest that does not, to where they are neighbours. */
        void closeIn() {
            int slow = 0;
            while (bounded() && tooLarge - fits > 1) {
                long gap = tooLarge - fits;
                long step = slow < SLOW_STEPS ? stepOf(tooLarge, tooLargeBytes) : gap / 2;
                ask(fits + Math.min(Math.max(step, 1), gap - 1));
                slow = tooLarge - fits > gap / 2 && slow < SLOW_STEPS ? slow + 1 : 0;
            }
        }

        /** How far above the largest that fits the line through it and another size meets the budget; as far as down to zero
         * where it does not rise. */
        private long stepOf(long other, long otherBytes) {
            double rise = (double) (otherBytes - fitsBytes) / (other - fits);
            return rise > 0
                    ? (long) ((double) (budgetBytes - fitsBytes) * (other - fits) / (otherBytes - fitsBytes))
                    : fits;
        }
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
