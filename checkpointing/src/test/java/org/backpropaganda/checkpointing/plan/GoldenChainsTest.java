package org.backpropaganda.checkpointing.plan;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Collections;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Frontiers that an exhaustive search, or for longer chains an independent recurrence over bytes and lengths, has found. */
class GoldenChainsTest {
    private static final String EIGHT = "13→30, 16→29, 19→28, 23→27, 27→26, 31→25, 34→24";
    private static final String SIXTEEN =
            "15→63, 16→62, 18→61, 21→60, 25→59, 28→58, 32→57, 35→56, 39→55, 43→54, 47→53, "
                    + "51→52, 55→51, 59→50, 63→49, 66→48";

    private static String frontier(BlockChain chain, int levels) {
        Frontier frontier = PlanSolver.unlimited().levels(levels).solve(chain);
        assertThat(frontier.exact()).isTrue();
        frontier.points()
                .forEach(point -> assertThat(MemorySimulator.run(chain, point.plan()))
                        .isEqualTo(new MemorySimulator.Taken(point.need(), point.time())));
        return frontier.points().stream()
                .map(point -> point.need() + "→" + point.time())
                .collect(Collectors.joining(", "));
    }

    /** The times at the budgets of a list of times. */
    private static String timesAt(Frontier frontier, String times) {
        return Stream.of(times.split(", "))
                .map(pair -> Long.valueOf(pair.substring(0, pair.indexOf('→'))))
                .map(bytes ->
                        bytes + "→" + frontier.fastest(bytes).orElseThrow().time())
                .collect(Collectors.joining(", "));
    }

    @Test
    void ofEqualBlocks() {
        assertThat(frontier(Chains.uniform(4), 3)).isEqualTo("7→18, 8→16, 9→15, 11→14, 15→13, 18→12");
        assertThat(frontier(Chains.uniform(8), 7)).isEqualTo("7→52, 8→38, 9→35, 10→33, 11→31, " + EIGHT);
        assertThat(frontier(Chains.uniform(8), 2)).isEqualTo("9→35, 10→33, 11→31, " + EIGHT);
        assertThat(frontier(Chains.uniform(8), 1)).isEqualTo("11→31, " + EIGHT);
        assertThat(frontier(Chains.uniform(16), 15))
                .isEqualTo("7→168, 8→93, 9→81, 10→74, 11→71, 12→69, 13→67, 14→64, " + SIXTEEN);
        assertThat(frontier(Chains.uniform(16), 2)).isEqualTo("10→74, 11→71, 12→69, 13→67, 14→64, " + SIXTEEN);
        assertThat(frontier(Chains.uniform(16), 1)).isEqualTo(SIXTEEN);
    }

    /** Without limit: least bytes at all times the same, reached by n − 1 levels; and at the other end everything stored. */
    @ParameterizedTest
    @CsvSource({"3", "5", "12", "40"})
    void ofEqualBlocksHaveKnownEnds(int n) {
        List<PlanPoint> points = PlanSolver.unlimited().solve(Chains.uniform(n)).points();
        assertThat(points.get(0)).hasToString("7 bytes, time " + (3 * n + n * (n - 1) / 2));
        assertThat(points.get(points.size() - 1)).hasToString(4 * n + 2 + " bytes, time " + 3 * n);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            200  | 8→3070, 10→1547, 12→1274, 16→1088, 20→979, 24→949, 32→894, 48→795, 64→788, 96→779, 128→770, 192→754, 256→738
            1000 | 10→10998, 12→8256, 16→6580, 20→5849, 24→5574, 32→4956, 40→4851, 48→4757, 64→4534, 80→4258, 96→3994, 128→3978, 160→3968, 192→3958, 256→3941
            """)
    void ofManyEqualBlocks(int n, String times) {
        Frontier frontier = PlanSolver.unlimited().solve(Chains.uniform(n));
        assertThat(timesAt(frontier, times)).isEqualTo(times);
        PlanPoint least = frontier.points().get(0);
        assertThat(MemorySimulator.run(
                                Chains.uniform(n),
                                frontier.fastest(10).orElseThrow().plan())
                        .peak())
                .isEqualTo(10);
        assertThat(least.need()).isEqualTo(7);
    }

    @Test
    void ofReversibleBlocks() {
        PlannedBlock block = Chains.reversible(
                Chains.replay(1, 0), new PlannedBlock.Reversal(1, 2, 0, 3), Chains.option(1, 2, 3, 1, 0, 0, 0));
        BlockChain chain = new BlockChain(Collections.nCopies(9, 1L), Collections.nCopies(8, block));
        String times = "6→31, 10→30, 16→29, 20→28, 24→27, 28→26, 32→25, 36→24";
        Frontier frontier = PlanSolver.unlimited().levels(0).solve(chain);
        assertThat(timesAt(frontier, times)).isEqualTo(times);
        assertThat(frontier.leastBytes()).isEqualTo(6);
        assertThat(frontier(chain, 0))
                .isEqualTo(EveryPlan.best(chain, 0).stream()
                        .map(taken -> taken.peak() + "→" + taken.time())
                        .collect(Collectors.joining(", ")));
    }

    @Test
    void ofMixedOptions() {
        BlockChain chain = new BlockChain(
                Chains.boundaries(2, 3, 1, 2, 1),
                List.of(
                        Chains.block(Chains.replay(2, 1), Chains.option(2, 4, 6, 1, 0, 1, 2)),
                        Chains.block(
                                Chains.replay(1, 0),
                                Chains.option(1, 2, 5, 1, 0, 0, 0),
                                Chains.option(1, 3, 1, 0, 1, 0, 1)),
                        Chains.block(
                                Chains.replay(2, 3),
                                Chains.option(2, 4, 7, 1, 0, 3, 2),
                                Chains.option(2, 5, 2, 1, 0, 3, 6)),
                        Chains.block(Chains.replay(3, 0), Chains.option(3, 6, 4, 1, 0, 0, 1))));
        assertThat(frontier(chain, 0)).isEqualTo("22→26, 27→25, 34→24");
        assertThat(frontier(chain, 1)).isEqualTo("15→29, 16→28, 20→27, 22→26, 27→25, 34→24");
        assertThat(frontier(chain, 2)).isEqualTo("15→29, 16→28, 20→27, 22→26, 27→25, 34→24");
        Frontier frontier = PlanSolver.unlimited().levels(1).solve(chain);
        assertThat(frontier.fastest(14)).isEmpty();
        assertThat(frontier.fastest(15).orElseThrow().plan())
                .containsExactly(
                        new PlanStep.Replay(0, 2, List.of(new PlanStep.Save(0, 0), new PlanStep.Save(1, 1))),
                        new PlanStep.Save(2, 1),
                        new PlanStep.Save(3, 0));
        assertThat(frontier.fastest(26).orElseThrow().plan())
                .containsExactly(
                        new PlanStep.Save(0, 0),
                        new PlanStep.Save(1, 1),
                        new PlanStep.Save(2, 1),
                        new PlanStep.Save(3, 0));
    }

    @Test
    void ofAReversibleMiddle() {
        PlannedBlock.Reversal reversal = new PlannedBlock.Reversal(4, 8, 1, 2);
        PlannedBlock middle = Chains.reversible(Chains.replay(4, 1), reversal, Chains.option(4, 8, 6, 1, 0, 1, 1));
        BlockChain chain = new BlockChain(
                Chains.boundaries(1, 2, 2, 2, 1),
                List.of(
                        Chains.block(Chains.replay(1, 0), Chains.option(1, 2, 3, 1, 0, 0, 1)),
                        middle,
                        middle,
                        Chains.block(Chains.replay(1, 0), Chains.option(1, 2, 2, 1, 0, 0, 0))));
        assertThat(frontier(chain, 0)).isEqualTo("12→38, 19→34, 27→30");
        assertThat(frontier(chain, 1)).isEqualTo("9→39, 12→38, 16→35, 19→34, 24→31, 27→30");
        assertThat(PlanSolver.defaults().solve(chain).fastest(9).orElseThrow().plan())
                .containsExactly(
                        new PlanStep.Replay(0, 1, List.of(new PlanStep.Save(0, 0))),
                        new PlanStep.Reverse(1, 3),
                        new PlanStep.Save(3, 0));
    }
}
