package org.backpropaganda.checkpointing.planner;

import java.util.ArrayList;
import java.util.List;
import org.backpropaganda.autograd.technique.BlockOption;
import org.backpropaganda.checkpointing.plan.BlockChain;
import org.backpropaganda.checkpointing.plan.PlanStep;
import org.backpropaganda.checkpointing.plan.PlannedBlock;

/**
 * The small changes of a row of steps: one block in another option, computed again or no longer, one segment that gains or loses
 * its first or last block, two that become one.
 */
final class Moves {
    private final BlockChain chain;
    private final List<List<Integer>> options;
    private final boolean outermost;
    private final List<Move> moves = new ArrayList<>();

    /**
     * Steps that take the place of others.
     *
     * @param first,end which of the row's steps go
     * @param other what comes
     * @param gain time that is told to be gained, or lost below 0
     */
    record Move(int first, int end, List<PlanStep> other, long gain) {
        /** Whether both can be made. */
        boolean isApartFrom(Move from) {
            return end <= from.first || from.end <= first;
        }

        /** The row with this. */
        List<PlanStep> in(List<PlanStep> row) {
            List<PlanStep> changed = new ArrayList<>(row.subList(0, first));
            changed.addAll(other);
            changed.addAll(row.subList(end, row.size()));
            return List.copyOf(changed);
        }
    }

    /**
     * Of one row.
     *
     * @param outermost whether it is in no segment; in others none are made, as replays in replays cost most
     */
    private Moves(BlockChain chain, List<List<Integer>> options, boolean outermost) {
        this.chain = chain;
        this.options = options;
        this.outermost = outermost;
    }

    /**
     * All of a row.
     *
     * @param chain of all offers
     * @param options which of them may be chosen, by block
     */
    static List<Move> of(List<PlanStep> row, BlockChain chain, List<List<Integer>> options) {
        return of(row, chain, options, true);
    }

    private static List<Move> of(List<PlanStep> row, BlockChain chain, List<List<Integer>> options, boolean outermost) {
        Moves moves = new Moves(chain, options, outermost);
        for (int at = 0; at < row.size(); at++) {
            if (row.get(at) instanceof PlanStep.Save save) {
                moves.ofSave(at, save);
            } else if (row.get(at) instanceof PlanStep.Replay replay) {
                moves.ofReplay(at, replay);
            }
            if (at > 0) {
                moves.joining(at - 1, row.get(at - 1), row.get(at));
            }
        }
        return moves.moves;
    }

    private void ofSave(int at, PlanStep.Save save) {
        for (int option : options.get(save.block())) {
            if (option != save.option()) {
                PlanStep other = new PlanStep.Save(save.block(), option);
                add(at, at + 1, List.of(other), time(save) - time(other));
            }
        }
        join(at, at + 1, List.of(save), -again(save.from(), save.to()));
    }

    private void ofReplay(int at, PlanStep.Replay replay) {
        List<PlanStep> inside = replay.steps();
        long again = again(replay.from(), replay.to());
        add(at, at + 1, inside, again);
        for (Move move : of(inside, chain, options, false)) {
            add(at, at + 1, List.of(segment(move.in(inside))), move.gain());
            add(at, at + 1, move.in(inside), again + move.gain());
        }
        if (inside.size() > 1) {
            PlanStep first = inside.get(0);
            PlanStep last = inside.get(inside.size() - 1);
            List<PlanStep> behind = inside.subList(1, inside.size());
            List<PlanStep> before = inside.subList(0, inside.size() - 1);
            if (chain.segments().allows(first.to(), replay.to())) {
                add(at, at + 1, List.of(first, segment(behind)), again(first.from(), first.to()));
            }
            if (chain.segments().allows(replay.from(), last.from())) {
                add(at, at + 1, List.of(segment(before), last), again(last.from(), last.to()));
            }
        }
    }

    /** A segment grows by the step beside it, or two become one. */
    private void joining(int at, PlanStep one, PlanStep next) {
        boolean grows = one instanceof PlanStep.Replay || next instanceof PlanStep.Replay;
        boolean fixed = one instanceof PlanStep.Reverse || next instanceof PlanStep.Reverse;
        if (grows && !fixed) {
            List<PlanStep> both = new ArrayList<>(inside(one));
            both.addAll(inside(next));
            long more = one instanceof PlanStep.Save ? again(one.from(), one.to()) : 0;
            more += next instanceof PlanStep.Save ? again(next.from(), next.to()) : 0;
            join(at, at + 2, both, -more);
        }
    }

    private static List<PlanStep> inside(PlanStep step) {
        return step instanceof PlanStep.Replay replay ? replay.steps() : List.of(step);
    }

    private void join(int first, int end, List<PlanStep> inside, long gain) {
        int from = inside.get(0).from();
        int to = inside.get(inside.size() - 1).to();
        boolean repeats =
                outermost && chain.blocks().subList(from, to).stream().allMatch(block -> block.replay() != null);
        if (repeats && chain.segments().allows(from, to)) {
            add(first, end, List.of(segment(inside)), gain);
        }
    }

    private static PlanStep segment(List<PlanStep> inside) {
        return new PlanStep.Replay(
                inside.get(0).from(), inside.get(inside.size() - 1).to(), List.copyOf(inside));
    }

    private void add(int first, int end, List<PlanStep> other, long gain) {
        moves.add(new Move(first, end, other, gain));
    }

    private long time(PlanStep step) {
        PlanStep.Save save = (PlanStep.Save) step;
        BlockOption option = chain.blocks().get(save.block()).options().get(save.option());
        return option.forward() + option.backward();
    }

    private long again(int from, int to) {
        long time = 0;
        for (int block = from; block < to; block++) {
            PlannedBlock.Replay replay = chain.blocks().get(block).replay();
            time += replay == null ? 0 : replay.forward();
        }
        return time;
    }
}
