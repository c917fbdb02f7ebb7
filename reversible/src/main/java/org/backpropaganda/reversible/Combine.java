package org.backpropaganda.reversible;

import java.util.List;
import java.util.Optional;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.tensor.TensorSpec;
import org.jspecify.annotations.Nullable;

/**
 * How the values that a function gives change a stream, and how the change is undone: a pair of forward and inverse, written
 * with ops. The gradient follows from forward.
 *
 * <pre>{@code
 * final class Halfway implements Combine { // y = x/2 + v
 *     public Variable forward(Variable x, List<Variable> values) {
 *         return Add.add(Scale.scale(x, 0.5), values.get(0));
 *     }
 *     public Variable inverse(Variable y, List<Variable> values) {
 *         return Scale.scale(Subtract.subtract(y, values.get(0)), 2);
 *     }
 * }
 * }</pre>
 *
 * <p>A stream keeps its shape and element type. For any fixed values {@code inverse(forward(x, values), values)} is x but for
 * rounding; a pair that is not so gives wrong gradients in a {@link ReversibleSequence}, which {@code CouplingContract} finds.
 */
public interface Combine {

    /**
     * The changed stream.
     *
     * @param target of any shape, which the result has too
     * @param values results of the function, or the sources themselves where there is none
     */
    Variable forward(Variable target, List<Variable> values);

    /** The stream as it was before. */
    Variable inverse(Variable result, List<Variable> values);

    /**
     * Whether inverse gives the stream back to the bit. Then the way back is to be that of the storing model to the bit: it gathers
     * the gradient of what a function reads apart, as the storing model does, before it adds it to the stream's.
     */
    default boolean isExact() {
        return false;
    }

    /**
     * Why values do not fit a stream.
     *
     * @return a clause that follows "a branch of NAME", as "gave FLOAT[3] for a stream of FLOAT[4]; …"; empty if they fit
     */
    default Optional<String> refusal(TensorSpec target, List<TensorSpec> values) {
        return Optional.empty();
    }

    /**
     * log |det ∂y/∂x| of each sample, [B], where B is the first axis of the stream; null where it is 0 for all.
     *
     * @throws UnsupportedOperationException if it is not known; the message names the combine
     */
    default @Nullable Variable logDeterminant(Variable target, List<Variable> values) {
        throw new UnsupportedOperationException(
                getClass().getSimpleName() + " gives no log-determinant; let it override logDeterminant");
    }

    /** {@code y = x + v}. */
    static Combine add() {
        return new Addition();
    }

    /** {@code y = x ⊙ S(s) + t}, of values (s, t), or of one value of twice the channels whose first half is s. */
    static Combine affine(Scaling scaling) {
        return new Affine(scaling);
    }

    /**
     * {@code y = a x + b v}.
     *
     * @param a not zero: its inverse divides by it
     */
    static Combine scaledAdd(double a, double b) {
        return new ScaledAddition(a, b);
    }
}
