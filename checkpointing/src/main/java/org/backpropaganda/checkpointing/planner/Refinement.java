package org.backpropaganda.checkpointing.planner;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.backpropaganda.checkpointing.plan.BlockChain;
import org.jspecify.annotations.Nullable;

/**
 * Mends an arrangement where predictions were off: block by block they add up, and in the model neighbours share what they hold.
 * Small changes are tried on shapes, one alone, or one that gains time with one that gives bytes, as long as the whole fits and is
 * faster.
 */
final class Refinement {
    /** How many changes that gain time are tried at a time. */
    private static final int MOST = 24;

    /** How many others, and how many of those that give bytes. */
    private static final int MOST_OTHERS = 160;

    private static final int MOST_GIVING = 48;

    /** How many pairs. */
    private static final int MOST_PAIRS = 48;

    /** How many changes are made. */
    private static final int ROUNDS = 32;

    private final Trials trials;
    private final BlockChain chain;

    /** A change and what it alone leads to. */
    private record Probed(Moves.Move move, Tried result) {}

    /** Two changes and the time that both are told to lead to. */
    private record Two(Moves.Move one, Moves.Move other, long time) {}

    /**
     * In a model.
     *
     * @param chain of all offers
     */
    Refinement(Trials trials, BlockChain chain) {
        this.trials = trials;
        this.chain = chain;
    }

    /**
     * The fastest that changes lead to.
     *
     * @param found that fits
     * @param options that may be chosen, by block
     */
    Tried of(Tried found, List<List<Integer>> options, long budgetBytes) {
        Tried best = found;
        Tried next = found;
        for (int round = 0; round < ROUNDS && next != null; round++) {
            best = next;
            next = better(best, options, budgetBytes);
        }
        return best;
    }

    /** The first that is faster. */
    private @Nullable Tried better(Tried now, List<List<Integer>> options, long budgetBytes) {
        List<Moves.Move> moves = new ArrayList<>(Moves.of(now.steps(), chain, options));
        moves.sort(Comparator.comparingLong(Moves.Move::gain).reversed());
        List<Probed> gaining = new ArrayList<>();
        List<Probed> giving = new ArrayList<>();
        int others = 0;
        for (Moves.Move move : moves) {
            boolean gains = move.gain() > 0;
            if (gains ? gaining.size() < MOST : giving.size() < MOST_GIVING && others++ < MOST_OTHERS) {
                Tried result = trials.of(move.in(now.steps()));
                if (result.peakBytes() <= budgetBytes && result.beats(now)) {
                    return result;
                }
                if (gains) {
                    gaining.add(new Probed(move, result));
                } else if (result.peakBytes() < now.peakBytes()) {
                    giving.add(new Probed(move, result));
                }
            }
        }
        for (Two pair : pairs(now, gaining, giving, budgetBytes)) {
            boolean inOrder = pair.one().first() > pair.other().first();
            Moves.Move last = inOrder ? pair.one() : pair.other();
            Moves.Move first = inOrder ? pair.other() : pair.one();
            Tried result = trials.of(first.in(last.in(now.steps())));
            if (result.peakBytes() <= budgetBytes && result.beats(now)) {
                return result;
            }
        }
        return null;
    }

    /** Those that should fit and be faster, the fastest first. */
    private static List<Two> pairs(Tried now, List<Probed> gaining, List<Probed> giving, long budgetBytes) {
        List<Two> pairs = new ArrayList<>();
        for (Probed one : gaining) {
            for (Probed other : giving) {
                long time = one.result().time() + other.result().time() - now.time();
                long peak = one.result().peakBytes() + other.result().peakBytes() - now.peakBytes();
                if (time < now.time() && peak <= budgetBytes && one.move().isApartFrom(other.move())) {
                    pairs.add(new Two(one.move(), other.move(), time));
                }
            }
        }
        pairs.sort(Comparator.comparingLong(Two::time));
        return pairs.subList(0, Math.min(MOST_PAIRS, pairs.size()));
    }
}
