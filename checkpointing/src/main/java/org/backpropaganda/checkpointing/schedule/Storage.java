package org.backpropaganda.checkpointing.schedule;

/** Where data of a step lies. */
public enum Storage {
    /** Memory. */
    RAM,
    /** A file. */
    FILE,
    /** In hands: the one state that is computed with, and adjoint data that is about to be reversed. */
    WORK,
    /** Nowhere. */
    NONE
}
