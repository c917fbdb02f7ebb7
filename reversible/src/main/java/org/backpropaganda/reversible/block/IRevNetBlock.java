package org.backpropaganda.reversible.block;

import java.util.ArrayList;
import java.util.List;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.reversible.Coupling;
import org.backpropaganda.reversible.Move;
import org.backpropaganda.reversible.Step;
import org.backpropaganda.reversible.Update;

/**
 * A block of an i-RevNet, of two streams of images [N, H, W, C]: {@code (x1, x2) → (ψ x2, ψ x1 + F(x2))}, where ψ turns squares
 * of stride × stride pixels into channels and is nothing at stride 1. Since ψ loses nothing, blocks of all stages follow one
 * another in one sequence, which keeps the streams of the last stage alone.
 *
 * <pre>
 * inverse  : x2 = ψ⁻¹ y1, x1 = ψ⁻¹ (y2 − F(x2)), without the channels that padding added
 * log |det|: 0
 * cost     : two evaluations of F in a step of training
 * drift    : that of an additive coupling; ψ and padding are exact
 * </pre>
 *
 * <pre>{@code
 * ReversibleSequence body = new ReversibleSequence(List.of(
 *     Coupling.of(List.of("x"), Move.spaceToDepth(2, "x"), Move.split("x", "x1", "x2")), // [N, 32, 32, 4] → two [N, 16, 16, 8]
 *     new IRevNetBlock(f0),             // F0: [N, 16, 16, 8] → the same
 *     new IRevNetBlock(f1, 2, 0),       // F1: [N, 16, 16, 8] → [N, 8, 8, 32]
 *     new IRevNetBlock(f2)));           // F2: [N, 8, 8, 32] → the same
 * List<Variable> y = body.call(List.of(images));
 * }</pre>
 *
 * <p>Source: Jacobsen et al. 2018, "i-RevNet: Deep Invertible Networks", § 3. Deviation: zeros are added to each stream by
 * itself; the authors add them to the joined streams, which they then cut anew.
 */
public final class IRevNetBlock extends Coupling {

    /**
     * A block that keeps shapes.
     *
     * @param f F, which keeps the shape
     */
    public IRevNetBlock(Module f) {
        this(f, 1, 0);
    }

    /**
     * A block.
     *
     * @param f F: [N, H, W, C + padding] → [N, H/stride, W/stride, (C + padding) · stride²], as a convolution of that stride
     * @param stride that must divide H and W
     * @param padding how many channels of zeros each stream is given first, behind its own; 0 for none
     */
    public IRevNetBlock(Module f, int stride, long padding) {
        super(List.of("x1", "x2"), steps(f, stride, padding));
    }

    private static List<Step> steps(Module f, int stride, long padding) {
        if (stride < 1 || padding < 0) {
            throw new IllegalArgumentException("IRevNetBlock: stride " + stride + " and padding " + padding
                    + ": the stride is at least 1, the padding at least 0");
        }
        List<Step> steps = new ArrayList<>();
        if (padding > 0) {
            steps.add(Move.padChannels("x1", padding));
            steps.add(Move.padChannels("x2", padding));
        }
        if (stride > 1) {
            steps.add(Move.spaceToDepth(stride, "x1"));
        }
        steps.add(Update.add("x1", f, "x2"));
        if (stride > 1) {
            steps.add(Move.spaceToDepth(stride, "x2"));
        }
        steps.add(Move.swap("x1", "x2"));
        return steps;
    }
}
