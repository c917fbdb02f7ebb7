package org.backpropaganda.autograd.graph;

import static org.backpropaganda.autograd.graph.GraphLedger.LEDGER;

import java.util.ArrayList;
import java.util.List;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.backpropaganda.autograd.tensor.TensorSpec;
import org.jspecify.annotations.Nullable;

/**
 * How a value is computed from others: the op with its attributes, and for each of its inputs whether the tape keeps it, and
 * otherwise a recipe in turn. Ops are pure, so that the same op on the same values gives the same bits at a fixed number of
 * threads; what a codec has rounded does not count as kept. What is kept is known up to now: an op that comes later may save
 * more.
 *
 * <p>A codec that saves by recipe {@linkplain #hold holds} what it needs:
 *
 * <pre>{@code
 * Recipe.Held held = saving.recipe().hold();
 * return new Packed() {
 *     public Tensor unpack(TensorScope scope) { return held.make(scope); }
 *     public void discard() { held.release(); }
 * };
 * }</pre>
 */
public final class Recipe {
    private final Op op;
    private final List<@Nullable Provenance> inputs;
    private final TensorSpec spec;

    Recipe(Op op, List<@Nullable Provenance> inputs, TensorSpec spec) {
        this.op = op;
        this.inputs = inputs;
        this.spec = spec;
    }

    /**
     * An input of the op.
     *
     * @param spec shape and element type; null where the tape does not know where it is from
     * @param isKept whether it is a parameter, or saved by an op or segment of the tape so that every bit comes back
     * @param recipe how it is computed itself, or null
     * @param parameter its value where it is a parameter, or null. Not to be modified, closed or held
     */
    public record Source(
            @Nullable TensorSpec spec,
            boolean isKept,
            @Nullable Recipe recipe,
            @Nullable Tensor parameter) {}

    /** The op. */
    public Op op() {
        return op;
    }

    /** Shape and element type of the value. */
    public TensorSpec spec() {
        return spec;
    }

    /** The inputs in order. */
    public List<Source> sources() {
        List<Source> sources = new ArrayList<>(inputs.size());
        for (Provenance input : inputs) {
            sources.add(
                    input == null
                            ? new Source(null, false, null, null)
                            : new Source(input.spec(), input.saved() != null, input.recipe(), input.parameter()));
        }
        return sources;
    }

    /** How many ops have to run one after another from what is kept; -1 where something is not kept and has no recipe. */
    public int depth() {
        int deepest = 0;
        for (Source source : sources()) {
            Recipe recipe = source.recipe();
            int depth = source.isKept() ? 0 : recipe == null ? -1 : recipe.depth();
            if (depth < 0) {
                return -1;
            }
            deepest = Math.max(deepest, depth);
        }
        return deepest + 1;
    }

    /** What a recipe computes from, held until it is released. */
    public interface Held {

        /**
         * Computes the value.
         *
         * @param scope to own it; the caller closes it
         */
        Tensor make(TensorScope scope);

        /** Lets go of what the value is computed from. */
        void release();
    }

    /**
     * Holds what the value is computed from, so that it stays as long as it is needed.
     *
     * @throws IllegalStateException if it cannot be computed from what is kept: {@link #depth} is -1
     */
    public Held hold() {
        if (depth() < 0) {
            throw new IllegalStateException("recipe: " + op.name() + " made " + spec
                    + " from what is neither kept nor made by ops on the tape");
        }
        return holding();
    }

    private Held holding() {
        List<Held> ingredients = new ArrayList<>(inputs.size());
        for (Provenance input : inputs) {
            SavedTensor saved = input == null ? null : input.saved();
            Recipe recipe = input == null ? null : input.recipe();
            if (saved != null) {
                ingredients.add(new Ingredient(saved.joined()));
            } else if (recipe != null) {
                ingredients.add(recipe.holding());
            }
        }
        return new Mixture(op, spec, ingredients);
    }

    /** A kept input. */
    private record Ingredient(SavedTensor saved) implements Held {
        @Override
        public Tensor make(TensorScope scope) {
            Tensor tensor = saved.look(scope);
            return saved.isParameter() ? scope.share(tensor) : tensor;
        }

        @Override
        public void release() {
            saved.discard();
        }
    }

    /** A value that is computed. */
    private record Mixture(Op op, TensorSpec spec, List<Held> ingredients) implements Held {
        @Override
        public Tensor make(TensorScope scope) {
            try (TensorScope own = scope.child()) {
                List<Tensor> values =
                        ingredients.stream().map(held -> held.make(own)).toList();
                return LEDGER.adopt(scope, OpComputation.again(op, values, spec, own));
            }
        }

        @Override
        public void release() {
            ingredients.forEach(Held::release);
        }
    }
}
