package org.backpropaganda.autograd.nn;

import org.backpropaganda.autograd.tensor.ShapeException;

/**
 * How the layers of {@link Lstm}, {@link Gru} and {@link Rnn} are put together. Immutable.
 *
 * @param layers how many lie above one another
 * @param bidirectional whether each layer also runs from the last step to the first, on a copy of its input in reverse
 * @param dropout probability of zeroing an element between two layers
 * @param biases whether the products have biases
 * @param batchFirst whether sequences are [B, T, ·] instead of [T, B, ·], at the cost of a copy on both sides
 * @param constantStates whether the states that an LSTM returns are constants, which saves a copy of what each layer says
 * @param keptGates whether an LSTM keeps its gates for backward instead of computing them again
 */
public record RecurrentSettings(
        int layers,
        boolean bidirectional,
        double dropout,
        boolean biases,
        boolean batchFirst,
        boolean constantStates,
        boolean keptGates) {
    /** One layer forward in time with biases. */
    public static final RecurrentSettings ONE_LAYER = new RecurrentSettings(1, false, 0, true, false, false, false);

    /** Checked settings. */
    public RecurrentSettings {
        if (layers < 1) {
            throw new ShapeException("a recurrent module of " + layers + " layers; it has at least one");
        }
    }

    /** Some layers forward in time with biases. */
    public static RecurrentSettings layers(int count) {
        return new RecurrentSettings(count, false, 0, true, false, false, false);
    }

    /** These settings in both directions. */
    public RecurrentSettings inBothDirections() {
        return new RecurrentSettings(layers, true, dropout, biases, batchFirst, constantStates, keptGates);
    }

    /** These settings with dropout between layers. */
    public RecurrentSettings withDropout(double probability) {
        return new RecurrentSettings(layers, bidirectional, probability, biases, batchFirst, constantStates, keptGates);
    }

    /** Without biases. */
    public RecurrentSettings withoutBiases() {
        return new RecurrentSettings(layers, bidirectional, dropout, false, batchFirst, constantStates, keptGates);
    }

    /** For sequences [B, T, ·]. */
    public RecurrentSettings forBatchFirst() {
        return new RecurrentSettings(layers, bidirectional, dropout, biases, true, constantStates, keptGates);
    }

    /** With states that come out as constants: for truncated windows. */
    public RecurrentSettings withConstantStates() {
        return new RecurrentSettings(layers, bidirectional, dropout, biases, batchFirst, true, keptGates);
    }

    /** With gates of an LSTM that stay for backward: faster, with more to hold. */
    public RecurrentSettings withKeptGates() {
        return new RecurrentSettings(layers, bidirectional, dropout, biases, batchFirst, constantStates, true);
    }

    int directions() {
        return bidirectional ? 2 : 1;
    }
}
