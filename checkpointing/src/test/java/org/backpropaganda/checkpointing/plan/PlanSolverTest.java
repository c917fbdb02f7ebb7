package org.backpropaganda.checkpointing.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.backpropaganda.autograd.technique.BlockOption;
import org.junit.jupiter.api.Test;

class PlanSolverTest {
    private static final PlannedBlock BLOCK = Chains.block(Chains.replay(1, 0), Chains.option(1, 2, 3, 1, 0, 0, 0));

    @Test
    void aBudgetThatOneLevelMissesAsksForTheSecond() {
        BlockChain chain = Chains.uniform(16);
        assertThat(PlanSolver.defaults().solve(chain).leastBytes()).isEqualTo(15);
        assertThat(PlanSolver.defaults().solve(chain, 15).levels()).isEqualTo(1);
        Frontier deeper = PlanSolver.defaults().solve(chain, 14);
        assertThat(deeper.levels()).isEqualTo(2);
        assertThat(deeper.fastest(14).orElseThrow().time()).isEqualTo(64);
        assertThat(PlanSolver.defaults().levels(1).solve(chain, 14).leastBytes())
                .isEqualTo(15);
    }

    @Test
    void theBlockThatSetsTheLeastBudgetIsNamed() {
        List<PlannedBlock> blocks = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            BlockOption option = Chains.option(1, 2, 3, 1, 0, 0, i == 3 ? 100 : 0);
            blocks.add(new PlannedBlock("layer" + i, List.of(option), Chains.replay(1, 0), null, 0));
        }
        Frontier frontier = PlanSolver.defaults().solve(new BlockChain(Collections.nCopies(6, 1L), blocks));
        assertThat(frontier.bindingBlock()).hasValue(3);
        assertThat(frontier.bindingName()).isEqualTo("layer3");
        assertThat(frontier.leastBytes()).isGreaterThan(100);
        assertThat(frontier.fastest(frontier.leastBytes() - 1)).isEmpty();
    }

    @Test
    void whatLiesOutsideOfAllBlocksBindsToo() {
        BlockChain chain =
                new BlockChain(Collections.nCopies(3, 1L), Collections.nCopies(2, BLOCK), 1000, false, SegmentRule.ALL);
        Frontier frontier = PlanSolver.defaults().solve(chain);
        assertThat(frontier.points()).singleElement().hasToString("1000 bytes, time 6");
        assertThat(frontier.bindingBlock()).isEmpty();
        assertThat(frontier.bindingName()).isEqualTo("what the step takes outside of all blocks");
    }

    @Test
    void aBlockWithoutReplayIsInNoSegment() {
        PlannedBlock once = new PlannedBlock("once", BLOCK.options(), null, null, 0);
        BlockChain chain = new BlockChain(Collections.nCopies(4, 1L), List.of(BLOCK, once, BLOCK));
        for (PlanPoint point : PlanSolver.unlimited().solve(chain).points()) {
            assertThat(point.plan()).contains(new PlanStep.Save(1, 0));
        }
    }

    @Test
    void segmentsAreWhereTheRuleAllows() {
        BlockChain chain = new BlockChain(
                Collections.nCopies(13, 1L),
                Collections.nCopies(12, BLOCK),
                0,
                false,
                (from, to) -> from / 4 == (to - 1) / 4);
        for (PlanPoint point : PlanSolver.unlimited().solve(chain).points()) {
            assertThat(point.plan())
                    .allSatisfy(step -> assertThat(step.from() / 4).isEqualTo((step.to() - 1) / 4));
        }
    }

    /** One level at the defaults: deep chains neither overflow the stack nor take all memory. */
    @Test
    void tenThousandBlocksArePlanned() {
        BlockChain chain = Chains.uniform(10_000);
        Frontier frontier = PlanSolver.defaults().solve(chain);
        PlanPoint least = frontier.points().get(0);
        assertThat(MemorySimulator.run(chain, least.plan()))
                .isEqualTo(new MemorySimulator.Taken(least.need(), least.time()));
        assertThat(least.need()).isLessThan(600);
        assertThat(frontier.fastest(40_002).orElseThrow().time()).isEqualTo(30_000);
        assertThat(frontier.points()).hasSizeLessThanOrEqualTo(128);
        assertThat(frontier.exact()).isFalse();
    }

    /** Against the exact times of one thousand equal blocks, without limits: what the defaults lose. */
    @Test
    void theDefaultsLoseLittle() {
        Frontier frontier = PlanSolver.defaults().solve(Chains.uniform(1000));
        assertThat(frontier.fastest(96).orElseThrow().time()).isBetween(3994L, 4040L);
        assertThat(frontier.fastest(128).orElseThrow().time()).isBetween(3978L, 4020L);
        assertThat(frontier.fastest(256).orElseThrow().time()).isBetween(3941L, 3980L);
    }

    @Test
    void theSameIsFoundAgain() {
        BlockChain chain = Chains.random(new Random(7), 40, 3);
        List<String> first = told(chain);
        assertThat(told(chain)).isEqualTo(first);
        assertThat(first).hasSizeGreaterThan(5);
    }

    private static List<String> told(BlockChain chain) {
        return PlanSolver.defaults().solve(chain).points().stream()
                .map(point -> point + " " + point.plan())
                .toList();
    }

    /** Of plans alike in bytes and time, saving goes before computing again, and the first option before the others. */
    @Test
    void tiesGoByTheDocumentedOrder() {
        BlockOption option = Chains.option(1, 1, 0, 0, 0, 0, 0);
        PlannedBlock block = new PlannedBlock(
                "block", List.of(option, option), Chains.replay(0, 0), new PlannedBlock.Reversal(0, 2, 0, 0), 0);
        BlockChain chain = new BlockChain(Collections.nCopies(4, 0L), Collections.nCopies(3, block));
        assertThat(PlanSolver.unlimited().solve(chain).points())
                .singleElement()
                .satisfies(point -> assertThat(point.plan())
                        .containsExactly(new PlanStep.Save(0, 0), new PlanStep.Save(1, 0), new PlanStep.Save(2, 0)));
    }

    @Test
    void chainsThatAreNoneAreRefused() {
        assertThatThrownBy(() -> new BlockChain(List.of(1L), List.of())).hasMessageContaining("no blocks");
        assertThatThrownBy(() -> new BlockChain(List.of(1L, 2L), List.of(BLOCK, BLOCK)))
                .hasMessageContaining("2 boundaries and 2 blocks");
        assertThatThrownBy(() -> new BlockChain(List.of(1L, -2L), List.of(BLOCK)))
                .hasMessage("boundary 1 of -2 bytes is below 0; bytes are counted from 0");
        assertThatThrownBy(() -> new BlockChain(List.of(1L, 2L), List.of(BLOCK), -1, false, SegmentRule.ALL))
                .hasMessageContaining("floor -1");
        assertThatThrownBy(() -> new PlannedBlock("stem", List.of(), null, null, 0))
                .hasMessageContaining("stem: there is no option");
        assertThatThrownBy(() -> new PlannedBlock("stem", BLOCK.options(), null, null, -1))
                .hasMessageContaining("stem: parameterGradients -1");
        assertThatThrownBy(() -> Chains.replay(-1, 0)).hasMessageContaining("replay: forward -1");
        assertThatThrownBy(() -> new PlannedBlock.Reversal(0, -1, 0, 0)).hasMessageContaining("reversal: backward -1");
    }

    @Test
    void sumsThatNoLongHoldsAreRefused() {
        long huge = Long.MAX_VALUE / 4;
        assertThatThrownBy(() -> new BlockChain(List.of(huge, 1L), List.of(BLOCK)))
                .hasMessageStartingWith("the bytes of the chain may add up to");
        PlannedBlock slow = Chains.block(Chains.replay(huge, 0), Chains.option(huge, huge, 0, 1, 0, 0, 0));
        BlockChain chain = new BlockChain(List.of(1L, 1L, 1L), List.of(slow, slow));
        assertThatThrownBy(() -> PlanSolver.defaults().solve(chain))
                .hasMessageStartingWith("the times of the chain may add up to");
    }

    @Test
    void settingsThatAreNoneAreRefused() {
        PlanSolver solver = PlanSolver.defaults();
        assertThatThrownBy(() -> solver.levels(-1)).hasMessage("plan solver: levels -1 is below 0");
        assertThatThrownBy(() -> solver.segments(0, 1)).hasMessage("plan solver: outer 0 is below 1");
        assertThatThrownBy(() -> solver.segments(1, 0)).hasMessage("plan solver: inner 0 is below 1");
        assertThatThrownBy(() -> solver.points(1)).hasMessage("plan solver: points 1 is below 2");
    }

    @Test
    void plansOfOtherChainsAreRefused() {
        BlockChain chain = Chains.uniform(3);
        List<PlanStep> plan = PlanSolver.defaults().solve(chain).points().get(0).plan();
        assertThat(PlanCosts.of(chain, plan).need())
                .isEqualTo(PlanSolver.defaults().solve(chain).leastBytes());
        assertThatThrownBy(() -> PlanCosts.of(Chains.uniform(4), plan))
                .hasMessageContaining("nothing is said of blocks 3");
        assertThatThrownBy(() -> PlanCosts.of(chain, List.of(new PlanStep.Save(1, 0))))
                .hasMessageContaining("a step from block 1 to 2 stands where one from block 0");
        assertThatThrownBy(() -> PlanCosts.of(chain, List.of(new PlanStep.Save(0, 1))))
                .hasMessageContaining("block 0 (block) has 1 options, numbered from 0; there is no option 1");
        assertThatThrownBy(() -> PlanCosts.of(chain, List.of(new PlanStep.Reverse(0, 3))))
                .hasMessageContaining("it reverses block 0 (block), which cannot be reversed");
    }
}
