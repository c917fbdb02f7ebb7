package org.backpropaganda.autograd.graph;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * What has to be brought back and to run for a value that is not kept, each once, in an order in which everything finds its
 * inputs. Of several inputs the one that is furthest from what is kept comes first, so that the others do not lie there
 * while it is made.
 */
final class Derivation {
    private static final int NOT_POSSIBLE = -1;

    private final Predicate<Op> ops;
    private final Provenance value;
    private final IdentityHashMap<Provenance, Integer> depths = new IdentityHashMap<>();
    private final IdentityHashMap<Object, Integer> places = new IdentityHashMap<>();
    private final List<Rederived.Step> steps = new ArrayList<>();

    private Derivation(Provenance value, Predicate<Op> ops) {
        this.value = value;
        this.ops = ops;
    }

    /** Of a value from what is kept up to now, or null if it takes other ops, or more one after another. */
    static @Nullable Derivation of(Provenance value, Predicate<Op> ops, int depth) {
        Derivation derivation = new Derivation(value, ops);
        return derivation.depth(value, depth) == NOT_POSSIBLE ? null : derivation;
    }

    /** How many ops run one after another. */
    int depth() {
        return depth(value, Recipe.DEEPEST);
    }

    /** Holds what is brought back. */
    Recipe.Held hold() {
        place(value);
        return new Rederived(steps, depth());
    }

    /** The value itself is to be made, whoever else keeps it. */
    private @Nullable SavedTensor kept(Provenance from) {
        return from == value ? null : from.saved();
    }

    private int depth(@Nullable Provenance from, int room) {
        if (from == null) {
            return NOT_POSSIBLE;
        }
        SavedTensor saved = kept(from);
        Integer known = saved == null ? depths.get(from) : Integer.valueOf(saved.depth());
        if (known != null) {
            return known <= room ? known : NOT_POSSIBLE;
        }
        Provenance.Made made = from.made();
        int own = made == null || made.op().isView() ? 0 : 1;
        if (made == null || own > room || !ops.test(made.op())) {
            return NOT_POSSIBLE;
        }
        int deepest = 0;
        for (Provenance input : made.inputs()) {
            int depth = depth(input, room - own);
            if (depth == NOT_POSSIBLE) {
                return NOT_POSSIBLE;
            }
            deepest = Math.max(deepest, depth);
        }
        depths.put(from, own + deepest);
        return own + deepest;
    }

    /** The step that brings a value. */
    private int place(Provenance from) {
        SavedTensor saved = kept(from);
        if (saved != null) {
            return place(saved);
        }
        Integer known = places.get(from);
        if (known != null) {
            return known;
        }
        Provenance.Made made = from.made();
        if (made == null) {
            throw new IllegalStateException("recipe: " + from.spec() + " has none");
        }
        List<@Nullable Provenance> inputs = made.inputs();
        Integer[] at = new Integer[inputs.size()];
        IntStream.range(0, at.length)
                .boxed()
                .sorted(Comparator.comparing((Integer i) -> -depth(inputs.get(i), Recipe.DEEPEST)))
                .forEach(i -> at[i] = place(input(inputs.get(i))));
        List<Integer> recalled = from.recalled().stream().map(this::place).toList();
        return add(from, new Rederived.Applied(made, from.spec(), List.of(at), recalled));
    }

    private static Provenance input(@Nullable Provenance from) {
        if (from == null) {
            throw new IllegalStateException("recipe: an input is not from this tape");
        }
        return from;
    }

    private int place(SavedTensor saved) {
        Integer known = places.get(saved);
        return known != null ? known : add(saved, new Rederived.BroughtBack(saved.joined()));
    }

    private int add(Object what, Rederived.Step step) {
        steps.add(step);
        places.put(what, steps.size() - 1);
        return steps.size() - 1;
    }
}
