package org.backpropaganda.autograd.graph;

/** One recorded computation. */
interface Node {

    /** Adds the gradients of the inputs, and frees all that was kept for it. */
    void backward(Tape tape);

    /** Frees all that was kept, without a backward. */
    void discard();
}
