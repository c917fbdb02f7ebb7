package org.backpropaganda.autograd.graph;

/** One recorded computation. */
interface Node {

    /** Adds the gradients of the inputs, and frees all that was kept for it. */
    void backward(Tape tape);

    /** After backward: tells the slots of the inputs that nothing comes from here any more. */
    void finish();

    /** Without backward: tells the same slots that nothing will ever come from here. */
    void withdraw();

    /** Frees all that was kept, without a backward. */
    void discard();
}
