package org.backpropaganda.checkpointing.recompute;

import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import org.backpropaganda.autograd.graph.Op;
import org.backpropaganda.autograd.graph.Recipe;
import org.backpropaganda.autograd.graph.SavedTensorCodec;
import org.backpropaganda.autograd.graph.SavedTensorPolicy;
import org.backpropaganda.autograd.graph.Saving;

/**
 * Does not keep what is computed again in backward from what is kept anyway: a rectified batch norm between two convolutions,
 * a GELU between two linear layers, a layer norm in front of attention. In place of the tensor the tape keeps how it was made;
 * the first of its readers in backward has it made, those behind share it, and the last one frees it. Every bit is that of a
 * step which keeps it.
 *
 * <pre>{@code
 * Tape tape = Tape.builder(scope).policy(RecomputePolicy.cheap()).build();
 * }</pre>
 *
 * <p>What a tensor is made from may itself be made again: then making the one makes the other first, which is freed at once.
 * A residual stream whose branches end in normalisations is such a chain; {@link #depthLimit} says how long one may get
 * before a link is kept. A source that a codec has rounded is not there to the bit, and nothing is made from it.
 *
 * <pre>{@code
 * RecomputeCount count = new RecomputeCount();
 * SavedTensorPolicy policy = RecomputePolicy.ofOps("gelu", "layernorm")
 *         .within("blocks")
 *         .depthLimit(2)
 *         .countedBy(count)
 *         .otherwise(SavedTensorPolicy.keep());
 * }</pre>
 *
 * Instances do not change; each method gives another one. A part of a model has a policy of its own by {@code
 * TapeBuilder.policy(part, policy)}.
 *
 * <p>Cost: each op that runs again is one more pass over memory, counted by {@link RecomputeCount} and told by a summary of
 * the model. Memory: the sources are kept by readers that come later in backward than those of the tensor, so that nothing
 * lives longer than without the policy.
 *
 * <p>Source: the policies of {@code jax.checkpoint} that save only products of matrices; Chen et al. 2016, "Training Deep
 * Nets with Sublinear Memory Cost", § 4.1, which drops what is cheap to compute.
 */
public final class RecomputePolicy implements SavedTensorPolicy {
    /** Two residual sums with a normalisation and an activation between are not made in one go; one is. */
    private static final int USUAL_DEPTH = 3;

    private final Predicate<Op> ops;
    private final Predicate<Saving> condition;
    private final int depth;
    private final SavedTensorCodec codec;
    private final SavedTensorPolicy rest;

    private RecomputePolicy(
            Predicate<Op> ops, Predicate<Saving> condition, int depth, SavedTensorCodec codec, SavedTensorPolicy rest) {
        this.ops = ops;
        this.condition = condition;
        this.depth = depth;
        this.codec = codec;
        this.rest = rest;
    }

    /** Whatever {@linkplain Op#isCheap cheap} ops make is made again; all else is kept. */
    public static RecomputePolicy cheap() {
        return of(Op::isCheap);
    }

    /**
     * Whatever ops of these names make is made again, cheap or not; all else is kept. Views run too.
     *
     * @param names as {@link Op#name()} tells them: {@code "gelu"}, {@code "conv2d"}
     */
    public static RecomputePolicy ofOps(String... names) {
        Set<String> all = Set.of(names);
        return of(op -> op.isView() || all.contains(op.name()));
    }

    /** Whatever some ops make is made again, cheap or not; all else is kept. */
    public static RecomputePolicy of(Predicate<Op> ops) {
        return new RecomputePolicy(
                ops, saving -> true, USUAL_DEPTH, new RecomputeCodec(null), SavedTensorPolicy.keep());
    }

    /** Only what one of these ops or segments saves. */
    public RecomputePolicy readBy(String... names) {
        Set<String> all = Set.of(names);
        return where(saving -> all.contains(saving.op()));
    }

    /** Only what is saved as one of these: {@code "input 0"}, {@code "output"}. */
    public RecomputePolicy labelled(String... labels) {
        Set<String> all = Set.of(labels);
        return where(saving -> all.contains(saving.label()));
    }

    /** Only what is saved in the module call of one of these paths, or in calls below it. */
    public RecomputePolicy within(String... paths) {
        List<String> all = List.of(paths);
        return where(saving -> all.stream()
                .anyMatch(path -> path.isEmpty()
                        || saving.path().equals(path)
                        || saving.path().startsWith(path + ".")));
    }

    /** Only what a condition holds for, besides those that were given before. */
    public RecomputePolicy where(Predicate<Saving> more) {
        return new RecomputePolicy(ops, condition.and(more), depth, codec, rest);
    }

    /**
     * How many ops run one after another to make a tensor at most, those included that make what it is made from; 3 unless
     * said. What would take more is kept, and what is made from it begins there.
     *
     * @throws IllegalArgumentException unless it is from 1 to {@value Recipe#DEEPEST}
     */
    public RecomputePolicy depthLimit(int most) {
        if (most < 1 || most > Recipe.DEEPEST) {
            throw new IllegalArgumentException("recompute: a depth limit of " + most + " is not from 1 to "
                    + Recipe.DEEPEST + "; leave the policy out to keep everything");
        }
        return new RecomputePolicy(ops, condition, most, codec, rest);
    }

    /** What becomes of what is not made again. */
    public RecomputePolicy otherwise(SavedTensorPolicy policy) {
        return new RecomputePolicy(ops, condition, depth, codec, policy);
    }

    /** Has somebody count what is not kept and what runs again, over all tapes that have the policy. */
    public RecomputePolicy countedBy(RecomputeCount count) {
        return new RecomputePolicy(ops, condition, depth, new RecomputeCodec(count), rest);
    }

    @Override
    public SavedTensorCodec choose(Saving saving) {
        Recipe recipe = saving.recipe();
        if (recipe == null || !condition.test(saving)) {
            return rest.choose(saving);
        }
        if (recipe.isKept()) {
            return SavedTensorCodec.keep();
        }
        return recipe.isMadeBy(ops, depth) ? codec : rest.choose(saving);
    }
}
