package org.backpropaganda.autograd.testkit.random;

/** What may occur in a random model; each does in at least one of twenty. */
public enum Feature {
    /** Modules one after another. */
    CHAIN,
    /** A branch beside a shortcut. */
    RESIDUAL,
    /** Several branches whose results are joined. */
    PATHS,
    /** A module that is called twice. */
    SHARED,
    /** More than one output. */
    SEVERAL_OUTPUTS,
    /** More than one input. */
    SEVERAL_INPUTS,
    /** An input of integers, which an embedding reads. */
    TOKENS,
    /** A loss that compares with labels. */
    LABELS,
    /** An input without a gradient. */
    CONSTANT_INPUT,
    /** Zeros at random. */
    DROPOUT,
    /** Normalisation with running statistics. */
    BATCH_NORM,
    /** Normalisation of each position, by mean and deviation or by its root mean square. */
    POSITION_NORM,
    /** A parameter that is not trained. */
    FROZEN,
    /** A reshaped, transposed or sliced input. */
    VIEW,
    /** An activation in the bytes of its input. */
    IN_PLACE,
    /** A convolution. */
    CONVOLUTION,
    /** Layers of another width inside. */
    OTHER_WIDTH,
    /** Channels of an odd number above one. */
    ODD_WIDTH,
    /** An axis of one element. */
    AXIS_OF_ONE,
    /** A batch of one. */
    BATCH_OF_ONE,
    /** More axes than batch and channels. */
    POSITIONS,
    /** Elements of type {@code FLOAT}. */
    FLOATS,
    /** Elements of type {@code DOUBLE}. */
    DOUBLES
}
