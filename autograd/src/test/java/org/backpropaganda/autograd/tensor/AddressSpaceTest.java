package org.backpropaganda.autograd.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

class AddressSpaceTest {
    private static final long MIB = 1 << 20;

    @Test
    void thousandsOfEnginesFollowEachOther() {
        for (int i = 0; i < 2000; i++) {
            try (Engine engine = Engine.builder().threads(1).build()) {
                assertThat(engine.scope("a")
                                .allocate(Shape.of(1000), DType.FLOAT)
                                .fill(i)
                                .toDoubles())
                        .containsOnly(i);
            }
        }
    }

    @Test
    void manyEnginesStandSideBySide() {
        List<Engine> engines = new ArrayList<>();
        try {
            List<Tensor> tensors = new ArrayList<>();
            for (int i = 0; i < 800; i++) {
                Engine engine = Engine.builder().threads(1).build();
                engines.add(engine);
                tensors.add(
                        engine.scope("a").allocate(Shape.of(1000), DType.FLOAT).fill(i));
            }
            for (int i = 0; i < tensors.size(); i++) {
                assertThat(tensors.get(i).toDoubles()).containsOnly(i);
            }
        } finally {
            engines.forEach(Engine::close);
        }
    }

    @Test
    @EnabledOnOs({OS.LINUX, OS.MAC})
    void anEngineOfFewTensorsTakesFewAddresses() {
        BlockPool pool = new BlockPool(Pages.ofThisPlatform());
        pool.allocate(64);
        assertThat(pool.rangeBytes()).isEqualTo(256 * MIB);
        pool.allocate(300 * MIB);
        assertThat(pool.rangeBytes()).isBetween(556 * MIB, 557 * MIB);
        pool.close();
    }

    /** Address space beyond what an engine needs is left to the rest of the process. */
    @Test
    @EnabledOnOs({OS.LINUX, OS.MAC})
    @Timeout(value = 120, unit = TimeUnit.SECONDS)
    void aLimitIsKeptAndARefusalIsASentence() throws Exception {
        ChildJvm.Outcome outcome = ChildJvm.runWithin(9_000_000, ManyEngines.class);
        List<String> lines =
                outcome.output().lines().filter(l -> !l.startsWith("SLF4J")).toList();
        assertThat(lines).as(outcome.output()).hasSize(2);
        assertThat(lines.get(0))
                .matches("the system refused 268\\d{6} bytes of native memory beside \\d+ that the engine has reserved;"
                        + " close tensors or engines, or raise the limit of the process \\(ulimit -v\\)");
        assertThat(lines.get(1)).isEqualTo("end");
        assertThat(outcome.exitCode()).isZero();
    }

    /** Refuses ranges beyond a size; takes the others from the heap of addresses that nobody touches. */
    private static class Scarce implements Pages {
        private final long largest;
        private final List<Long> reserved = new ArrayList<>();
        private final List<Long> released = new ArrayList<>();
        private long next = MIB;

        Scarce(long largest) {
            this.largest = largest;
        }

        @Override
        public long reserve(long bytes) {
            if (bytes > largest) {
                return 0;
            }
            reserved.add(bytes);
            long address = next;
            next += bytes + MIB;
            return address;
        }

        @Override
        public void release(long address, long bytes) {
            released.add(bytes);
        }

        @Override
        public boolean decommit(long address, long bytes) {
            return true;
        }

        @Override
        public long rangeBytes(long reservedBytes) {
            return Math.max(4 * MIB, reservedBytes);
        }
    }

    @Test
    void rangesGrowByNeedAndReturn() {
        Scarce pages = new Scarce(Long.MAX_VALUE);
        BlockPool pool = new BlockPool(pages);
        for (int i = 0; i < 32; i++) {
            pool.allocate(MIB);
        }
        assertThat(pages.reserved).containsExactly(4 * MIB, 4 * MIB, 8 * MIB, 16 * MIB);
        assertThat(pool.rangeBytes()).isEqualTo(32 * MIB);
        pool.close();
        assertThat(pages.released).containsExactlyElementsOf(pages.reserved);
        assertThat(pool.rangeBytes()).isZero();
    }

    @Test
    void aRefusedRangeIsHalvedDownToWhatIsNeeded() {
        Scarce pages = new Scarce(3 * MIB);
        BlockPool pool = new BlockPool(pages);
        pool.allocate(MIB);
        assertThat(pages.reserved).containsExactly(2 * MIB);
        // 4 and 2 MiB are refused or too small; what is asked for is not.
        pool.allocate(2 * MIB + 64);
        assertThat(pages.reserved).hasSize(2);
        assertThat(pages.reserved.get(1)).isBetween(2 * MIB + 64, 3 * MIB);
        assertThatExceptionOfType(OutOfMemoryError.class)
                .isThrownBy(() -> pool.allocate(3 * MIB))
                .withMessageContaining("ulimit -v");
        pool.close();
    }

    @Test
    void equalBlocksComeFromTheOlderRange() {
        BlockPool pool = new BlockPool(new Scarce(Long.MAX_VALUE) {
            @Override
            public long reserve(long bytes) {
                // Each range below the one before.
                long address = super.reserve(bytes);
                return (1L << 40) - address - bytes;
            }
        });
        BlockPool.Block older = pool.allocate(4 * MIB);
        BlockPool.Block newer = pool.allocate(4 * MIB);
        assertThat(newer.address()).isLessThan(older.address());
        long first = older.address();
        pool.release(older);
        pool.release(newer);
        assertThat(pool.allocate(4 * MIB).address()).isEqualTo(first);
        pool.close();
    }
}
