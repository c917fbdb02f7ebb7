package org.backpropaganda.autograd.technique;

/** How the gradients of a technique stand to those of plain backpropagation. */
public enum Fidelity {
    /** The same bits, at a fixed number of threads. */
    EXACT,
    /** The same but for rounding, within a bound that depends on depth and element type. */
    LOSSY,
    /** Others, by design. */
    APPROXIMATE
}
