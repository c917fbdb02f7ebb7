package org.backpropaganda.autograd.graph;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
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
 *     public int depth() { return held.depth(); }
 * };
 * }</pre>
 */
public final class Recipe {
    /** No more ops run one after another: it is as deep as {@link #depth} looks. */
    public static final int DEEPEST = 1024;

    private final Provenance provenance;
    private final Provenance.Made made;

    Recipe(Provenance provenance, Provenance.Made made) {
        this.provenance = provenance;
        this.made = made;
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
        return made.op();
    }

    /** Shape and element type of the value. */
    public TensorSpec spec() {
        return provenance.spec();
    }

    /** The path of the module call that applied the op. */
    public String path() {
        return made.path();
    }

    /** Whether the tape keeps the value itself already, so that keeping it once more takes no bytes. */
    public boolean isKept() {
        SavedTensor saved = provenance.saved();
        return saved != null && saved.isKeptAsItIs();
    }

    /** The inputs in order. */
    public List<Source> sources() {
        List<Source> sources = new ArrayList<>(made.inputs().size());
        for (Provenance input : made.inputs()) {
            sources.add(
                    input == null
                            ? new Source(null, false, null, null)
                            : new Source(input.spec(), input.saved() != null, input.recipe(), input.parameter()));
        }
        return sources;
    }

    /**
     * How many ops have to run one after another, those that bring back what is kept by a recipe of its own included; views
     * compute nothing and do not count. -1 where something is not kept and has no recipe, or if they are more than {@link
     * #DEEPEST}.
     */
    public int depth() {
        Derivation derivation = Derivation.of(provenance, op -> true, DEEPEST);
        return derivation == null ? -1 : derivation.depth();
    }

    /**
     * Whether the value is computed from what is kept by ops that may run.
     *
     * @param ops those that may
     * @param depth the most that run one after another, those that bring back what is kept by a recipe of its own included
     */
    public boolean isMadeBy(Predicate<Op> ops, int depth) {
        return Derivation.of(provenance, ops, depth) != null;
    }

    /** What a recipe computes from, held until it is released. */
    public interface Held {

        /**
         * Computes the value, in as little memory as it takes: what is between is freed after its last use.
         *
         * @param scope to own it; the caller closes it
         */
        Tensor make(TensorScope scope);

        /** Lets go of what the value is computed from. */
        void release();

        /** How many ops run one after another. */
        int depth();

        /** How many ops run, without views and those that bring back what is kept by a recipe of its own. */
        int ops();

        /** Their {@linkplain Op#multiplyAdds multiplications}. */
        long multiplyAdds();

        /** Bytes that they read and write. */
        long touchedBytes();

        /** What codecs put away of what the value is computed from, as it lies with the tape by now; parameters left out. */
        List<SavedTensorCodec.Packed> sources();
    }

    /**
     * Holds what the value is computed from, so that it stays as long as it is needed. What was saved earlier is read later in
     * backward: nothing stays longer than its own readers would have it.
     *
     * @throws IllegalStateException if it cannot be computed from what is kept: {@link #depth} is -1
     */
    public Held hold() {
        Derivation derivation = Derivation.of(provenance, op -> true, DEEPEST);
        if (derivation == null) {
            throw new IllegalStateException("recipe: " + op().name() + " made " + spec()
                    + " from what is neither kept nor made by ops on the tape");
        }
        return derivation.hold();
    }
}
