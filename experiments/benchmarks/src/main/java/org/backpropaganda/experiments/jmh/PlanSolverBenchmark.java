package org.backpropaganda.experiments.jmh;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.backpropaganda.autograd.technique.BlockOption;
import org.backpropaganda.checkpointing.plan.BlockChain;
import org.backpropaganda.checkpointing.plan.Frontier;
import org.backpropaganda.checkpointing.plan.PlanSolver;
import org.backpropaganda.checkpointing.plan.PlannedBlock;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** The planner's solver at its defaults: the whole frontier of one thousand blocks. One thread does all. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 2)
@Fork(value = 1, jvmArgsAppend = "-XX:+UseSerialGC")
public class PlanSolverBenchmark {
    private static final int BLOCKS = 1000;
    private static final int MIB = 1 << 20;

    private final BlockChain different = different();
    private final BlockChain equal = equal(1);
    private final BlockChain equalOfTwo = equal(2);

    /** No two blocks alike, each stored whole or in 8 bits. */
    @Benchmark
    public Frontier differentBlocks() {
        return PlanSolver.defaults().solve(different);
    }

    /** All blocks alike, each stored whole. */
    @Benchmark
    public Frontier equalBlocks() {
        return PlanSolver.defaults().solve(equal);
    }

    /** All blocks alike, each stored whole or in 8 bits. */
    @Benchmark
    public Frontier equalBlocksOfTwoOptions() {
        return PlanSolver.defaults().solve(equalOfTwo);
    }

    /** Measures without JMH: the best of some runs, in milliseconds of this thread's processor time. */
    public static void main(String[] arguments) {
        PlanSolverBenchmark benchmark = new PlanSolverBenchmark();
        report("different blocks", benchmark::differentBlocks);
        report("equal blocks", benchmark::equalBlocks);
        report("equal blocks of two options", benchmark::equalBlocksOfTwoOptions);
    }

    private static void report(String what, Runnable solving) {
        ThreadMXBean threads = ManagementFactory.getThreadMXBean();
        long best = Long.MAX_VALUE;
        for (int k = 0; k < 20; k++) {
            long begun = threads.getCurrentThreadCpuTime();
            solving.run();
            best = Math.min(best, threads.getCurrentThreadCpuTime() - begun);
        }
        System.out.printf(Locale.ROOT, "%s: %.1f ms%n", what, best / 1e6);
    }

    private static BlockChain different() {
        Random random = new Random(1);
        List<Long> boundaries = new ArrayList<>(List.of((long) MIB));
        List<PlannedBlock> blocks = new ArrayList<>();
        for (int i = 0; i < BLOCKS; i++) {
            long forward = 1000L + random.nextInt(100_000);
            long saved = random.nextInt(12 * MIB);
            BlockOption whole = new BlockOption(
                    "store", forward, 2 * forward, saved, true, false, random.nextInt(MIB), random.nextInt(MIB));
            BlockOption packed = new BlockOption(
                    "save:q8",
                    forward + random.nextInt(10_000),
                    2 * forward + random.nextInt(10_000),
                    saved / 4,
                    random.nextInt(4) > 0,
                    random.nextInt(4) == 0,
                    random.nextInt(MIB),
                    saved + random.nextInt(MIB));
            blocks.add(new PlannedBlock(
                    "block " + i,
                    List.of(whole, packed),
                    new PlannedBlock.Replay(forward, random.nextInt(MIB)),
                    null,
                    0));
            boundaries.add(1L + random.nextInt(4 * MIB));
        }
        return new BlockChain(boundaries, blocks);
    }

    private static BlockChain equal(int options) {
        List<BlockOption> all = List.of(
                new BlockOption("store", 1000, 2000, 3 * MIB, true, false, MIB / 2, MIB),
                new BlockOption("save:q8", 1100, 2150, 3 * MIB / 4, true, false, MIB / 2, 4 * MIB));
        PlannedBlock block =
                new PlannedBlock("block", all.subList(0, options), new PlannedBlock.Replay(1000, MIB / 2), null, 0);
        return new BlockChain(Collections.nCopies(BLOCKS + 1, (long) MIB), Collections.nCopies(BLOCKS, block));
    }
}
