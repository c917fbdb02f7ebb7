package org.backpropaganda.autograd.graph;

/** What a tape inside a segment does with what it computes. */
public enum TapeMode {
    /** It keeps nothing: there is no backward. */
    SILENT,
    /** It keeps what ops declare, for a backward. */
    RECORDING
}
