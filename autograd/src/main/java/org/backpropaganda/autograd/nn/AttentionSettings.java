package org.backpropaganda.autograd.nn;

import org.backpropaganda.autograd.tensor.ShapeException;

/**
 * How a {@link MultiHeadAttention} is put together. Immutable.
 *
 * @param heads that share the width evenly
 * @param causal whether a position attends to none behind it
 * @param rotaryBase of the angles that queries and keys turn by with their position; 0 for attention that knows no
 *     positions. Source: Su et al. 2021, "RoFormer", § 3.2
 * @param output draws the weights of the last projection; zeros let a residual block begin as the identity
 */
public record AttentionSettings(int heads, boolean causal, double rotaryBase, Initializer output) {

    /** Checked settings. */
    public AttentionSettings {
        if (heads < 1) {
            throw new ShapeException("attention of " + heads + " heads; it has at least one");
        }
        if (!(rotaryBase == 0 || (rotaryBase > 1 && rotaryBase < Double.POSITIVE_INFINITY))) {
            throw new IllegalArgumentException("rotary base " + rotaryBase + " is neither 0 nor a number above 1");
        }
    }

    /** Attention to all positions alike. */
    public static AttentionSettings heads(int count) {
        return new AttentionSettings(count, false, 0, Initializer.glorotUniform());
    }

    /** To no position behind one's own. */
    public AttentionSettings forCausal() {
        return new AttentionSettings(heads, true, rotaryBase, output);
    }

    /** With queries and keys that turn with their position; the base is usually 10000. */
    public AttentionSettings withRotaryPositions(double base) {
        return new AttentionSettings(heads, causal, base, output);
    }

    /** With another first value of the last projection. */
    public AttentionSettings withOutput(Initializer initializer) {
        return new AttentionSettings(heads, causal, rotaryBase, initializer);
    }
}
