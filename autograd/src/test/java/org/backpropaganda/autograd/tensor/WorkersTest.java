package org.backpropaganda.autograd.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class WorkersTest {

    @Property(tries = 300)
    void coversEachIndexOnce(
            @ForAll @IntRange(min = 1, max = 9) int threads,
            @ForAll @IntRange(min = 0, max = 300) int count,
            @ForAll @IntRange(min = 1, max = 64) int grain) {
        AtomicIntegerArray visits = new AtomicIntegerArray(count);
        AtomicInteger pieces = new AtomicInteger();
        try (Workers workers = new Workers(threads, new Gate())) {
            workers.run(count, grain, (from, to) -> {
                assertThat(from % grain).isZero();
                pieces.incrementAndGet();
                for (long i = from; i < to; i++) {
                    visits.incrementAndGet((int) i);
                }
            });
        }
        for (int i = 0; i < count; i++) {
            assertThat(visits.get(i)).as("index %d", i).isOne();
        }
        assertThat(pieces.get()).isBetween(1, threads);
    }

    @Test
    void waitsForEveryPieceEvenIfOneFails() {
        AtomicInteger finished = new AtomicInteger();
        CountDownLatch failed = new CountDownLatch(1);
        try (Workers workers = new Workers(4, new Gate())) {
            assertThatThrownBy(() -> workers.run(4, 1, (from, to) -> {
                        if (from == 1) {
                            failed.countDown();
                            throw new IllegalArgumentException("piece 1");
                        }
                        pause(failed);
                        finished.incrementAndGet();
                    }))
                    .isInstanceOf(IllegalStateException.class)
                    .hasRootCauseMessage("piece 1");
        }
        assertThat(finished).hasValue(3);
    }

    @Test
    void waitsForTheOthersIfTheCallersPieceFails() {
        AtomicInteger finished = new AtomicInteger();
        CountDownLatch failed = new CountDownLatch(1);
        try (Workers workers = new Workers(3, new Gate())) {
            assertThatThrownBy(() -> workers.run(3, 1, (from, to) -> {
                        if (from == 0) {
                            failed.countDown();
                            throw new IllegalArgumentException("piece 0");
                        }
                        pause(failed);
                        finished.incrementAndGet();
                    }))
                    .hasMessage("piece 0");
        }
        assertThat(finished).hasValue(2);
    }

    /** Long enough after the failure that whoever does not wait is found out. */
    private static void pause(CountDownLatch failed) {
        try {
            failed.await();
            Thread.sleep(20);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void anInterruptIsKeptForTheCaller() {
        AtomicInteger finished = new AtomicInteger();
        try (Workers workers = new Workers(2, new Gate())) {
            Thread.currentThread().interrupt();
            workers.run(2, 1, (from, to) -> finished.incrementAndGet());
        }
        assertThat(Thread.interrupted()).isTrue();
        assertThat(finished).hasValue(2);
    }

    @Test
    void refusesAnEmptyGrain() {
        try (Workers workers = new Workers(2, new Gate())) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> workers.run(5, 0, (from, to) -> {}))
                    .withMessage("parallel: a grain of 0 is below 1");
        }
    }
}
