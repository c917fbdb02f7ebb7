package org.backpropaganda.autograd.graph;

import java.util.List;
import java.util.Locale;
import org.backpropaganda.autograd.tensor.TensorSpec;

/**
 * A pure function of tensors with a vector-Jacobian product. Implementations are records whose components are the
 * attributes, so that the same op computes the same thing whenever it runs.
 */
public interface Op {

    /** How errors and traces call it. */
    default String name() {
        return getClass().getSimpleName().toLowerCase(Locale.ROOT);
    }

    /**
     * Shape and element type of the output.
     *
     * @throws org.backpropaganda.autograd.tensor.ShapeException if the inputs do not fit; the message starts with the
     *     op's name and gives the shapes
     */
    TensorSpec infer(List<TensorSpec> inputs);

    /** What {@link #vjp} reads. Nothing else is kept. */
    Saves saves(Operands operands);

    /** Whether the output is the input's bytes under another shape; then {@link #forward} is not called. */
    default boolean isView() {
        return false;
    }

    /**
     * The input whose bytes the output may take, or -1. It does if they are nobody else's, are not saved and have the
     * output's shape; the variable is then consumed. {@link #forward} reads each element of that input before it writes
     * the one in its place.
     */
    default int overwrites() {
        return -1;
    }

    /**
     * Whether the output costs about one pass over memory, so that it may be computed again instead of being kept: functions
     * of single elements, sums and products of elements, normalisations, copies and views. Products of matrices, windows,
     * recurrences and reductions are not.
     */
    default boolean isCheap() {
        return isView();
    }

    /** Numbers of the extras that {@link #again} reads; it is called only where all of them are kept to the bit. */
    default List<Integer> recalls() {
        return List.of();
    }

    /** How many multiplications, each with an addition, one evaluation takes; only of products of matrices. */
    default long multiplyAdds(Operands inputs, TensorSpec output) {
        return 0;
    }

    /** Computes the output, and the extras that are wanted. */
    void forward(ForwardCall call);

    /**
     * Computes the output once more, to the bit, from the inputs that {@link #forward} had and from the extras that {@link
     * #recalls} names, which hold what forward left in them and are not to be modified: for ops whose forward finds out what
     * is kept anyway, as the statistics of a batch.
     */
    default void again(ForwardCall call) {
        forward(call);
    }

    /**
     * The input whose bytes the output of {@link #again} may take, as {@link #overwrites} tells of {@link #forward}. Where
     * something is computed once more, what lies between is read by nobody else, so that an op which saves its input may
     * write over it then.
     */
    default int overwritesAgain() {
        return overwrites();
    }

    /** Adds the gradients of the inputs that need one, given that of the output. */
    void vjp(BackwardCall call);
}
