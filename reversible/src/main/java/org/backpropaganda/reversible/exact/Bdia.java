package org.backpropaganda.reversible.exact;

import java.util.List;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.reversible.Coupling;
import org.backpropaganda.reversible.Move;
import org.backpropaganda.reversible.Update;

/**
 * A residual block {@code x + h(x)} that is reversible in training as it stands, by averaging with the block before (BDIA):
 *
 * <pre>
 * training   : x₊ = γ (x₋ + s 2^−l) + Q((1 − γ) x + (1 + γ) h(x)), s = x₋ 2^l mod 2; γ = 1/2 or −1/2, drawn for each sample
 *              and block from the key of the call
 * evaluation : x₊ = Q(x + h(x)), the ordinary residual block up to rounding
 * streams    : (x₋, x) → (x, x₊); both begin as x
 * inverse    : x₋ = (x₊ − Q((1 − γ) x + (1 + γ) h(x)))/γ − s 2^−l, to the bit
 * backward   : dx₋ = γ dx₊; dx += (1 − γ) dx₊ + (1 + γ) (∂h/∂x)ᵀ dx₊, as if Q and s were not there
 * kept       : s, 1 bit an element and block
 * </pre>
 *
 * In a {@link org.backpropaganda.reversible.ReversibleSequence} every gradient equals, bit for bit, that of the same blocks in a
 * {@link org.backpropaganda.autograd.nn.Sequential}. {@link #inverse} is refused: in training it has not got the bits, and in
 * evaluation there is none.
 *
 * <pre>{@code
 * ReversibleSequence body = new ReversibleSequence(List.of(new Bdia(block0), new Bdia(block1)));
 * Variable y = body.call(List.of(x, x)).get(1);
 * }</pre>
 *
 * <p>Source: Zhang, Lewis and Kleijn 2025, "On Exact Bit-level Reversible Transformers Without Changing Architecture". Departures:
 * fixed point in the mantissa of a floating-point type, where theirs has 9 fraction bits: {@code new FixedPoint(9, 9)}; where
 * both streams begin as x, the first block gives {@code x + (1 + γ) h(x)}.
 */
public final class Bdia extends Coupling {

    /** {@link #Bdia(Module, FixedPoint)} on the {@link FixedPoint#STANDARD standard} grid. */
    public Bdia(Module h) {
        this(h, FixedPoint.STANDARD);
    }

    /**
     * A block.
     *
     * @param h what is added to x, of its shape [N, *]
     * @param grid that streams lie on; they are refused, by an {@link ArithmeticException} that names the place, where they leave
     *     its range
     */
    public Bdia(Module h, FixedPoint grid) {
        super(
                List.of("before", "now"),
                List.of(
                        grid.enter("now"),
                        Update.of("before", new BdiaCombine(grid), new WithInput(h), "now")
                                .named("h"),
                        Move.swap("before", "now")));
    }
}
