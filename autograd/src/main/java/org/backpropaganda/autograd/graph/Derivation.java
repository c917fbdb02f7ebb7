package org.backpropaganda.autograd.graph;

import static java.util.Objects.requireNonNull;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.function.Predicate;
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

    /** Adds the steps that bring the value, and at last its own; without nested calls, which long ways would stack up. */
    private void place(Provenance wanted) {
        Deque<Provenance> open = new ArrayDeque<>();
        open.push(wanted);
        while (!open.isEmpty()) {
            Provenance next = open.element();
            Provenance missing = placeInputs(next);
            if (missing != null) {
                open.push(missing);
            } else {
                open.pop();
                placeMade(next);
            }
        }
    }

    /** Places the inputs that are kept, until one comes that has to be made first: it is returned. */
    private @Nullable Provenance placeInputs(Provenance next) {
        List<@Nullable Provenance> furthestFirst = new ArrayList<>(made(next).inputs());
        furthestFirst.sort(Comparator.comparing((@Nullable Provenance input) -> -depth(input, Recipe.DEEPEST)));
        for (Provenance input : furthestFirst) {
            SavedTensor saved = kept(input(input));
            if (saved != null) {
                place(saved);
            } else if (!places.containsKey(input)) {
                return input;
            }
        }
        return null;
    }

    private void placeMade(Provenance next) {
        Provenance.Made made = made(next);
        List<Integer> inputs = new ArrayList<>();
        for (Provenance from : made.inputs()) {
            SavedTensor saved = kept(input(from));
            inputs.add(requireNonNull(places.get(saved != null ? saved : from)));
        }
        List<Integer> recalled = next.recalled().stream().map(this::place).toList();
        add(next, new Rederived.Applied(made, next.spec(), List.copyOf(inputs), recalled));
    }

    private static Provenance.Made made(Provenance value) {
        Provenance.Made made = value.made();
        if (made == null) {
            throw new IllegalStateException("recipe: " + value.spec() + " has none");
        }
        return made;
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
