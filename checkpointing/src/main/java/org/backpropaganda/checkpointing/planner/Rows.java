package org.backpropaganda.checkpointing.planner;

import java.util.ArrayList;
import java.util.List;
import org.backpropaganda.autograd.technique.BlockOption;
import org.backpropaganda.checkpointing.plan.BlockChain;
import org.backpropaganda.checkpointing.plan.PlanStep;
import org.backpropaganda.checkpointing.plan.PlannedBlock;

/** What a plan does, a row for each block. */
final class Rows {
    private final BlockChain chain;
    private final int blocks;
    private final List<PlanRow> rows = new ArrayList<>();

    private Rows(BlockChain chain, int blocks) {
        this.chain = chain;
        this.blocks = blocks;
    }

    /**
     * Of a plan block by block.
     *
     * @param blocks of the model; the chain may have one more
     * @param ways how each is executed
     */
    static List<PlanRow> of(BlockChain chain, int blocks, List<PlanStep> steps, List<Way> ways) {
        Rows rows = new Rows(chain, blocks);
        rows.add(steps, ways, "", 0);
        return List.copyOf(rows.rows);
    }

    private void add(List<PlanStep> steps, List<Way> ways, String around, int replays) {
        for (PlanStep step : steps) {
            if (step instanceof PlanStep.Save save && save.block() < blocks) {
                rows.add(saved(save, ways.get(save.block()), around, replays));
            } else if (step instanceof PlanStep.Replay replay) {
                String segment = around + "again " + replay.from() + ".." + (replay.to() - 1) + ": ";
                add(replay.steps(), ways, segment, replays + 1);
            } else if (step instanceof PlanStep.Reverse) {
                for (int block = step.from(); block < step.to(); block++) {
                    rows.add(reversed(block, around, replays));
                }
            }
        }
    }

    private PlanRow saved(PlanStep.Save save, Way way, String around, int replays) {
        PlannedBlock block = chain.blocks().get(save.block());
        BlockOption option = block.options().get(save.option());
        BlockOption store = block.options().get(0);
        long held = held(save.block(), option);
        long time = option.forward() + option.backward() + replays * again(block);
        String why = save.option() == 0
                ? "stores what backward needs"
                : "holds " + (held(save.block(), store) - held) + " bytes less than storing";
        String where = replays == 0 ? why : "computed again in backward; then " + why;
        return new PlanRow(block.name(), around + way.name(), replays == 0 ? held : 0, time, where);
    }

    private long held(int block, BlockOption option) {
        return option.saved()
                + (option.leasesInput() ? chain.boundaries().get(block) : 0)
                + (option.leasesOutput() ? chain.boundaries().get(block + 1) : 0);
    }

    private PlanRow reversed(int number, String around, int replays) {
        PlannedBlock block = chain.blocks().get(number);
        PlannedBlock.Reversal reversal = block.reversal();
        long time = reversal == null ? 0 : 2 * reversal.forward() + reversal.backward();
        return new PlanRow(
                block.name(),
                around + "reversed",
                0,
                time + replays * again(block),
                "its input is computed from its output");
    }

    private static long again(PlannedBlock block) {
        PlannedBlock.Replay replay = block.replay();
        return replay == null ? 0 : replay.forward();
    }
}
