package org.backpropaganda.experiments.fit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HashSet;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.LongUnaryOperator;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.LongRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LargestThatFitsTest {
    private static final long GIBIBYTE = 1L << 30;

    /** Bytes that are linear in the size, as those of a batch nearly are: the answer is a division. */
    @Property
    void ofALineItIsTheQuotient(
            @ForAll @LongRange(min = 0, max = GIBIBYTE) long fixed,
            @ForAll @LongRange(min = 1, max = 1 << 20) long each,
            @ForAll @LongRange(min = 1, max = 4 * GIBIBYTE) long budget,
            @ForAll @LongRange(min = 1, max = 5) long smallest,
            @ForAll @LongRange(min = 5, max = 1L << 40) long largest) {
        Set<Long> asked = new HashSet<>();
        LongUnaryOperator peak = n -> {
            assertThat(n).isBetween(smallest, largest);
            assertThat(asked.add(n)).as("%d is asked for once", n).isTrue();
            return Math.addExact(fixed, Math.multiplyExact(n, each));
        };
        LargestThatFits found = LargestThatFits.search(peak, budget, smallest, largest);
        long quotient = budget < fixed ? 0 : Math.min(largest, (budget - fixed) / each);
        assertThat(found.size()).isEqualTo(quotient < smallest ? OptionalLong.empty() : OptionalLong.of(quotient));
        found.size().ifPresent(n -> assertThat(found.bytes()).hasValue(fixed + n * each));
        assertThat(found.nextBytes())
                .isEqualTo(
                        quotient >= largest
                                ? OptionalLong.empty()
                                : OptionalLong.of(fixed + Math.max(smallest, quotient + 1) * each));
        assertThat(asked.size()).isLessThan(2 * Long.SIZE);
    }

    /** The first, its double, where the line through both meets the budget, and the next; one more where that is far away. */
    @Property
    void ofALineFourOrFiveSizesAreAskedFor(
            @ForAll @LongRange(min = 0, max = GIBIBYTE) long fixed,
            @ForAll @LongRange(min = 1, max = 1 << 20) long each,
            @ForAll @LongRange(min = 1, max = 8192) long answer,
            @ForAll @LongRange(min = 0, max = (1 << 20) - 1) long rest) {
        long[] asked = {0};
        LongUnaryOperator peak = n -> {
            asked[0]++;
            return fixed + n * each;
        };
        LargestThatFits found = LargestThatFits.search(peak, fixed + answer * each + rest % each, 1, 1 << 20);
        assertThat(found.size()).hasValue(answer);
        assertThat(asked[0]).isLessThanOrEqualTo(answer <= 128 ? 4 : 5);
    }

    /** Powers from the square root to the fourth: the line leads astray, and doubling and halving bring it back. */
    @Property
    void ofCurvesTheAnswerIsAsExactAndTakesLogarithmicallyMany(
            @ForAll @DoubleRange(min = 0.25, max = 4) double power,
            @ForAll @LongRange(min = 1, max = GIBIBYTE) long answer) {
        Set<Long> asked = new HashSet<>();
        LongUnaryOperator peak = n -> {
            assertThat(asked.add(n)).as("%d is asked for once", n).isTrue();
            return (long) Math.min(1e18, 1e6 * Math.pow((double) n, power));
        };
        long budget = (long) Math.min(1e18 - 1, 1e6 * Math.pow((double) answer, power));
        LargestThatFits found = LargestThatFits.search(peak, budget, 1, Long.MAX_VALUE);
        long n = found.size().orElseThrow();
        assertThat(found.bytes().orElseThrow()).isLessThanOrEqualTo(budget);
        if (found.nextBytes().isPresent()) {
            assertThat(found.nextBytes().getAsLong()).isGreaterThan(budget).isEqualTo((long)
                    Math.min(1e18, 1e6 * Math.pow((double) (n + 1), power)));
        }
        assertThat(asked.size()).isLessThan(4 * Long.SIZE);
    }

    @Test
    void whereNothingFitsTheLeastBytesAreTold() {
        LargestThatFits found = LargestThatFits.search(n -> 100 + n, 101, 2, 64);
        assertThat(found.size()).isEmpty();
        assertThat(found.bytes()).isEmpty();
        assertThat(found.nextBytes()).hasValue(102);
    }

    @Test
    void whereAllFitsThereIsNoNext() {
        assertThat(LargestThatFits.search(n -> n, 1000, 1, 77))
                .isEqualTo(new LargestThatFits(OptionalLong.of(77), OptionalLong.of(77), OptionalLong.empty()));
        assertThat(LargestThatFits.search(n -> n, 1, 1, 1))
                .isEqualTo(new LargestThatFits(OptionalLong.of(1), OptionalLong.of(1), OptionalLong.empty()));
    }

    @Test
    void sizesUpToTheLargestLongAreTriedWithoutOverflow() {
        assertThat(LargestThatFits.search(n -> n, Long.MAX_VALUE - 1, 1, Long.MAX_VALUE)
                        .size())
                .hasValue(Long.MAX_VALUE - 1);
        assertThat(LargestThatFits.search(n -> 1, 1, 3, Long.MAX_VALUE).size()).hasValue(Long.MAX_VALUE);
    }

    /** Saw teeth, as of kernels that change with the size: the answer fits and its neighbour does not. */
    @Property
    void ofBytesThatAlsoFallTheAnswerHolds(
            @ForAll @LongRange(min = 1, max = 5000) long budget, @ForAll @LongRange(min = 1, max = 400) long tooth) {
        LongUnaryOperator peak = n -> 10 * n + (n * 7919) % tooth;
        LargestThatFits found = LargestThatFits.search(peak, budget, 1, 1000);
        if (found.size().isPresent()) {
            long n = found.size().getAsLong();
            assertThat(peak.applyAsLong(n))
                    .isLessThanOrEqualTo(budget)
                    .isEqualTo(found.bytes().orElseThrow());
            assertThat(peak.applyAsLong(n + 1))
                    .isGreaterThan(budget)
                    .isEqualTo(found.nextBytes().orElseThrow());
        } else {
            assertThat(peak.applyAsLong(1))
                    .isGreaterThan(budget)
                    .isEqualTo(found.nextBytes().orElseThrow());
        }
    }

    @ParameterizedTest
    @CsvSource({"0, 1, 2", "-1, 1, 2", "5, 0, 2", "5, 3, 2"})
    void whatCannotBeSearchedIsRefused(long budget, long smallest, long largest) {
        assertThatThrownBy(() -> LargestThatFits.search(n -> n, budget, smallest, largest))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("largest that fits: a budget of " + budget + " bytes for sizes from " + smallest + " to "
                        + largest + "; give at least 1 byte, and sizes from 1 on in ascending order");
    }

    @Test
    void bytesThatHaveOverflowedAreRefused() {
        assertThatThrownBy(() -> LargestThatFits.search(n -> n * (1L << 60), Long.MAX_VALUE, 1, 1 << 20))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("largest that fits: size 8 is said to need " + Long.MIN_VALUE
                        + " bytes; bytes that are too many for a long have to be refused where they are counted");
    }
}
