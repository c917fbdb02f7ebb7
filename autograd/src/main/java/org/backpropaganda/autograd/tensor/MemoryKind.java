package org.backpropaganda.autograd.tensor;

/** What a block of memory is for. The ledger counts each kind apart. */
public enum MemoryKind {
    /** Trainable values and module buffers. */
    PARAMETER,
    /** Gradients of parameters. */
    GRADIENT,
    /** State of optimizers. */
    OPTIMIZER,
    /** Batches and labels; stays so when a tape leases it. */
    INPUT,
    /** What a tape or segment holds for backward. Only a lease turns {@link #TEMPORARY} into this. */
    ACTIVATION,
    /** Any other result of an op, and gradients of activations. */
    TEMPORARY,
    /** Kernel scratchpads and reordered weights. */
    SCRATCH
}
