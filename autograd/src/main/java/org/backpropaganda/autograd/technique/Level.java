package org.backpropaganda.autograd.technique;

/**
 * What a technique arranges. Techniques of a strategy are applied from the inside out, in the order of these constants; of
 * those that decide what becomes of saved tensors, the last is asked first.
 */
public enum Level {
    /** Single layers, or pairs of them. */
    LAYER,
    /** A run of blocks: how it is executed. */
    RUN,
    /** A run of blocks, however it is executed: which parts of it are kept. */
    SEGMENT,
    /** The model: into which parts it is cut. */
    MODEL,
    /** Saved tensors: where they lie. */
    PLACE,
    /** Saved tensors: how many bits of them are kept. */
    PRECISION,
    /** Saved tensors: which are not kept at all. */
    RECIPE
}
