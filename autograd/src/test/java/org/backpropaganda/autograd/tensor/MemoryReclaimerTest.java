package org.backpropaganda.autograd.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Bytes that can be had again go before an allocation is refused. */
class MemoryReclaimerTest {
    private static final long BUDGET = 100;

    private final Engine engine =
            Engine.builder().threads(1).memoryBudgetBytes(BUDGET).build();
    private final TensorScope scope = engine.scope("m");

    @AfterEach
    void close() {
        engine.close();
    }

    private Tensor bytes(long count) {
        return scope.allocate(Shape.of(count), DType.BYTE);
    }

    /** Tensors that it closes in the order in which they came. */
    private static final class Cache implements MemoryReclaimer, AutoCloseable {
        private final Deque<Tensor> tensors = new ArrayDeque<>();
        private final List<Long> asked = new ArrayList<>();
        private final Registration registration;

        Cache(Engine engine) {
            registration = engine.reclaimWith(this);
        }

        @Override
        public void close() {
            registration.close();
        }

        @Override
        public long release(long missing) {
            asked.add(missing);
            long freed = 0;
            while (freed < missing && !tensors.isEmpty()) {
                Tensor next = tensors.remove();
                freed += next.bytes();
                next.close();
            }
            return freed;
        }

        @Override
        public String describe() {
            return "the cache has " + tensors.size() + " left";
        }
    }

    @Test
    void isAskedForWhatIsMissing() {
        try (Cache cache = new Cache(engine)) {
            for (int i = 0; i < 5; i++) {
                cache.tensors.add(bytes(20));
            }
            assertThat(cache.asked).as("there is room").isEmpty();
            bytes(30);
            assertThat(cache.asked).containsExactly(30L);
            assertThat(cache.tensors).as("two of 20 bytes made room for 30").hasSize(3);
            bytes(15);
            assertThat(cache.asked).as("10 bytes were free").containsExactly(30L, 5L);
            assertThat(engine.ledger().peakBytes()).isEqualTo(BUDGET);
        }
    }

    @Test
    void whatCannotBeFreedIsRefusedWithWhatItSays() {
        try (Cache cache = new Cache(engine)) {
            bytes(60);
            cache.tensors.add(bytes(40));
            assertThatExceptionOfType(MemoryBudgetException.class)
                    .isThrownBy(() -> bytes(41))
                    .withMessage(
                            "memory budget of 100 bytes: 41 bytes of TEMPORARY for \"m\" asked with 60 live; raise the"
                                    + " budget, or shrink the largest holders: TEMPORARY \"m\" 60; the cache has 0 left");
            assertThat(engine.ledger().peakBytes()).isEqualTo(BUDGET);
            assertThat(bytes(40).isClosed()).isFalse();
        }
    }

    @Test
    void severalAreAskedInOrderUntilThereIsRoom() {
        try (Cache first = new Cache(engine);
                Cache second = new Cache(engine);
                Cache third = new Cache(engine)) {
            first.tensors.add(bytes(20));
            second.tensors.add(bytes(40));
            third.tensors.add(bytes(40));
            bytes(50);
            assertThat(first.asked).containsExactly(50L);
            assertThat(second.asked).containsExactly(30L);
            assertThat(third.asked).isEmpty();
        }
    }

    @Test
    void aRegistrationEnds() {
        Cache cache = new Cache(engine);
        cache.close();
        cache.tensors.add(bytes(BUDGET));
        assertThatExceptionOfType(MemoryBudgetException.class).isThrownBy(() -> bytes(1));
        assertThat(cache.asked).isEmpty();
    }

    @Test
    void isAskedByItsOwnThreadAlone() throws Exception {
        try (Cache cache = new Cache(engine)) {
            cache.tensors.add(bytes(BUDGET));
            assertThat(CompletableFuture.supplyAsync(() -> {
                                try {
                                    bytes(1);
                                    return "allocated";
                                } catch (MemoryBudgetException e) {
                                    return e.getMessage();
                                }
                            })
                            .get(1, TimeUnit.MINUTES))
                    .endsWith("TEMPORARY \"m\" 100");
            assertThat(cache.asked).isEmpty();
        }
    }

    /** While it frees, others go on: no lock of the engine is held. */
    @Test
    void holdsNobodyUp() {
        MemoryReclaimer reclaimer = new MemoryReclaimer() {
            @Override
            public long release(long missing) {
                CompletableFuture<Void> other = CompletableFuture.runAsync(() -> {
                    try (TensorScope theirs = engine.scope("other")) {
                        assertThat(theirs.allocate(Shape.of(10), DType.BYTE).bytes())
                                .isEqualTo(10);
                        assertThat(engine.ledger().liveBytes()).isEqualTo(90);
                    }
                });
                other.orTimeout(1, TimeUnit.MINUTES).join();
                return 0;
            }

            @Override
            public String describe() {
                return "nothing to free";
            }
        };
        bytes(80);
        MemoryReclaimer.Registration registration = engine.reclaimWith(reclaimer);
        assertThatExceptionOfType(MemoryBudgetException.class)
                .isThrownBy(() -> bytes(30))
                .withMessageEndingWith("nothing to free");
        registration.close();
    }
}
