package org.backpropaganda.autograd.graph;

import java.util.List;

/** One recorded computation. */
interface Node {

    /** Adds the gradients of the inputs, and frees all that was kept for it. */
    void backward(Tape tape);

    /** The slots that backward may add to. */
    List<GradientSlot> destinations();

    /** Frees all that was kept, without a backward. */
    void discard();
}
