package org.backpropaganda.autograd.graph;

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
    private final Provenance value;

    Recipe(Op op, Provenance value) {
        this.op = op;
        this.value = value;
    }

    /**
     * An input of the op.
     *
     * @param spec shape and element type; null where the tape does not know where it is from
     * @param isKept whether it is a parameter, or saved by an op or segment of the tape so that every bit comes back
     * @param recipe how it is computed itself, or null
     */
    public record Source(
            @Nullable TensorSpec spec,
            boolean isKept,
            @Nullable Recipe recipe) {}

    /** The op. */
    public Op op() {
        return op;
    }

    /** Shape and element type of the value. */
    public TensorSpec spec() {
        return value.spec();
    }

    /** The inputs in order. */
    public List<Source> sources() {
        List<Source> sources = new ArrayList<>(value.inputs().size());
        for (Provenance input : value.inputs()) {
            sources.add(
                    input == null
                            ? new Source(null, false, null)
                            : new Source(input.spec(), input.saved() != null, input.recipe()));
        }
        return sources;
    }

    /** How many ops have to run one after another from what is kept; -1 where something is not kept and has no recipe. */
    public int depth() {
        Derivation derivation = Derivation.of(value);
        return derivation == null ? -1 : derivation.depth();
    }

    /** What a recipe computes from, held until it is released. */
    public interface Held {

        /** What codecs put away of what the value is computed from, as it lies with the tape by now; parameters left out. */
        List<SavedTensorCodec.Packed> sources();

        /** What computing the value takes, where everything that it is computed from is there. */
        Cost cost();

        /**
         * Computes the value: every op once, and what lies between two of them for no longer than somebody reads it.
         *
         * @param scope to own it; the caller closes it
         */
        Tensor make(TensorScope scope);

        /** Lets go of what the value is computed from. */
        void release();
    }

    /**
     * What computing a value takes, as shapes tell it.
     *
     * @param ops how many ops run
     * @param multiplyAdds of products of matrices, as {@link Op#multiplyAdds} counts
     * @param bytes that the ops read and write; views read none
     */
    public record Cost(int ops, long multiplyAdds, long bytes) {}

    /**
     * Holds what the value is computed from, so that it stays as long as it is needed. Readers of what was saved earlier are
     * differentiated later: nothing stays longer than its own readers would have it.
     *
     * @throws IllegalStateException if it cannot be computed from what is kept: {@link #depth} is -1
     */
    public Held hold() {
        Derivation derivation = Derivation.of(value);
        if (derivation == null) {
            throw new IllegalStateException("recipe: " + op.name() + " made " + spec()
                    + " from what is neither kept nor made by ops on the tape");
        }
        return derivation.hold();
    }
}
