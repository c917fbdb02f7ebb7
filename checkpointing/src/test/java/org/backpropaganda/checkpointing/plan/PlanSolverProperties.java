package org.backpropaganda.checkpointing.plan;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.backpropaganda.autograd.technique.BlockOption;

class PlanSolverProperties {
    private static List<MemorySimulator.Taken> points(Frontier frontier) {
        return frontier.points().stream()
                .map(point -> new MemorySimulator.Taken(point.need(), point.time()))
                .toList();
    }

    private static PlanSolver exact(int levels) {
        return PlanSolver.unlimited().levels(levels);
    }

    /** At every budget: the frontier is that of all plans, executed one by one. */
    @Property(tries = 4000)
    void theBestOfAllPlansIsFound(@ForAll long seed) {
        Random random = new Random(seed);
        BlockChain chain = Chains.random(random, 1 + random.nextInt(4), 2);
        int levels = random.nextInt(3);
        assertThat(points(exact(levels).solve(chain))).isEqualTo(EveryPlan.best(chain, levels));
    }

    @Property(tries = 60)
    void theBestOfAllPlansOfFiveBlocksIsFound(@ForAll long seed) {
        BlockChain chain = Chains.random(new Random(seed), 5, 2);
        for (int levels = 0; levels < 3; levels++) {
            assertThat(points(exact(levels).solve(chain))).isEqualTo(EveryPlan.best(chain, levels));
        }
    }

    @Property(tries = 300)
    void plansCostWhatTheirPointSays(@ForAll long seed) {
        Random random = new Random(seed);
        BlockChain chain = Chains.random(random, 1 + random.nextInt(25), 3);
        PlanSolver solver = random.nextBoolean()
                ? PlanSolver.unlimited()
                : PlanSolver.defaults()
                        .levels(random.nextInt(4))
                        .segments(2 + random.nextInt(8), 1 + random.nextInt(6))
                        .points(2 + random.nextInt(10));
        Frontier frontier = solver.solve(chain);
        long need = -1;
        long time = Long.MAX_VALUE;
        for (PlanPoint point : frontier.points()) {
            assertThat(point.need()).isGreaterThan(need);
            assertThat(point.time()).isLessThan(time);
            need = point.need();
            time = point.time();
            assertThat(MemorySimulator.run(chain, point.plan())).isEqualTo(new MemorySimulator.Taken(need, time));
            assertThat(frontier.fastest(need)).contains(point);
        }
        assertThat(frontier.fastest(frontier.leastBytes() - 1)).isEmpty();
    }

    @Property(tries = 300)
    void anotherOptionNeverCosts(@ForAll long seed) {
        Random random = new Random(seed);
        BlockChain chain = Chains.random(random, 2 + random.nextInt(10), 2);
        int at = random.nextInt(chain.size());
        PlannedBlock block = chain.blocks().get(at);
        List<BlockOption> options = new ArrayList<>(block.options());
        options.add(random.nextInt(options.size() + 1), Chains.option(random));
        List<PlannedBlock> blocks = new ArrayList<>(chain.blocks());
        blocks.set(
                at,
                new PlannedBlock(block.name(), options, block.replay(), block.reversal(), block.parameterGradients()));
        Frontier more = exact(2).solve(
                        new BlockChain(chain.boundaries(), blocks, chain.floor(), chain.inputHeld(), chain.segments()));
        exact(2).solve(chain)
                .points()
                .forEach(point -> assertThat(
                                more.fastest(point.need()).orElseThrow().time())
                        .isLessThanOrEqualTo(point.time()));
    }

    /** Another level of nesting is never in the way either, and what is beyond the chain's length is none. */
    @Property(tries = 200)
    void anotherLevelNeverCosts(@ForAll long seed) {
        Random random = new Random(seed);
        BlockChain chain = Chains.random(random, 2 + random.nextInt(7), 2);
        for (int levels = 0; levels < chain.size(); levels++) {
            Frontier more = exact(levels + 1).solve(chain);
            exact(levels)
                    .solve(chain)
                    .points()
                    .forEach(point -> assertThat(
                                    more.fastest(point.need()).orElseThrow().time())
                            .isLessThanOrEqualTo(point.time()));
        }
        assertThat(points(exact(chain.size() - 1).solve(chain)))
                .isEqualTo(points(PlanSolver.unlimited().solve(chain)));
    }

    @Property(tries = 300)
    void thinningCostsTimeAlone(@ForAll long seed) {
        Random random = new Random(seed);
        BlockChain chain = Chains.random(random, 5 + random.nextInt(25), 3);
        int levels = random.nextInt(3);
        Frontier exact = exact(levels).solve(chain);
        Frontier thin = exact(levels).points(2 + random.nextInt(6)).solve(chain);
        List<PlanPoint> points = thin.points();
        assertThat(thin.leastBytes()).isEqualTo(exact.leastBytes());
        assertThat(points.get(points.size() - 1).time())
                .isEqualTo(exact.points().get(exact.points().size() - 1).time());
        points.forEach(point -> assertThat(point.time())
                .isGreaterThanOrEqualTo(
                        exact.fastest(point.need()).orElseThrow().time()));
        assertThat(exact.exact()).isTrue();
        assertThat(thin.exact()).isEqualTo(thin.droppedPoints() == 0);
        if (thin.droppedPoints() == 0) {
            assertThat(points(thin)).isEqualTo(points(exact));
        }
    }

    /** Few kinds of blocks, so that many ranges are equal. */
    @Property(tries = 200)
    void equalRangesSearchedOnceGiveTheSame(@ForAll long seed) {
        Random random = new Random(seed);
        BlockChain kinds = Chains.random(random, 2, 2);
        List<PlannedBlock> blocks = new ArrayList<>();
        List<Long> boundaries = new ArrayList<>(List.of(kinds.boundaries().get(0)));
        int size = 4 + random.nextInt(20);
        for (int i = 0; i < size; i++) {
            PlannedBlock kind = kinds.blocks().get(random.nextInt(3) / 2);
            blocks.add(new PlannedBlock(
                    "block " + i, kind.options(), kind.replay(), kind.reversal(), kind.parameterGradients()));
            boundaries.add(kinds.boundaries().get(random.nextInt(4) / 3));
        }
        BlockChain chain = new BlockChain(boundaries, blocks, kinds.floor(), kinds.inputHeld(), kinds.segments());
        for (PlanSolver solver : List.of(
                PlanSolver.unlimited(),
                PlanSolver.defaults(),
                PlanSolver.defaults().levels(2).segments(7, 4).points(5))) {
            Frontier shared = solver.solve(chain);
            Frontier alone = solver.withoutSharing().solve(chain);
            assertThat(points(shared)).isEqualTo(points(alone));
            for (int k = 0; k < shared.points().size(); k++) {
                assertThat(shared.points().get(k).plan())
                        .isEqualTo(alone.points().get(k).plan());
            }
        }
    }

    /** Chains so long that segments end at some blocks alone, and curves are thinned. */
    @Property(tries = 10)
    void longChainsCostWhatTheirPointsSay(@ForAll long seed) {
        Random random = new Random(seed);
        BlockChain kinds = Chains.random(random, 4, 2);
        int size = 65 + random.nextInt(40);
        List<PlannedBlock> blocks = new ArrayList<>();
        List<Long> boundaries = new ArrayList<>(List.of(3L));
        for (int i = 0; i < size; i++) {
            blocks.add(kinds.blocks().get(i * 7 % 11 % 4));
            boundaries.add(1L + i * 5 % 7 % 3);
        }
        BlockChain chain = new BlockChain(boundaries, blocks);
        for (PlanSolver solver : List.of(
                PlanSolver.defaults().points(20),
                PlanSolver.defaults().levels(2).points(20))) {
            Frontier shared = solver.solve(chain);
            assertThat(points(shared)).isEqualTo(points(solver.withoutSharing().solve(chain)));
            for (PlanPoint point : shared.points()) {
                assertThat(MemorySimulator.run(chain, point.plan()))
                        .isEqualTo(new MemorySimulator.Taken(point.need(), point.time()));
            }
        }
    }

    /** The block that is named stands in the way: where it needs less, less is needed. */
    @Property(tries = 300)
    void theBindingBlockSetsTheLeastBudget(@ForAll long seed) {
        Random random = new Random(seed);
        BlockChain chain = Chains.random(random, 1 + random.nextInt(6), 2);
        Frontier frontier = exact(1).solve(chain);
        if (frontier.bindingBlock().isEmpty()) {
            assertThat(frontier.leastBytes()).isEqualTo(chain.floor());
            return;
        }
        int block = frontier.bindingBlock().getAsInt();
        assertThat(frontier.bindingName()).isEqualTo("block " + block);
        PlanCosts costs = PlanCosts.of(chain, frontier.points().get(0).plan());
        assertThat(costs.need()).isEqualTo(frontier.leastBytes());
        assertThat(costs.block()).isEqualTo(block);
    }
}
