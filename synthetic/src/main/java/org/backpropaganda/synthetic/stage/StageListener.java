package org.backpropaganda.synthetic.stage;

import org.backpropaganda.autograd.graph.Gradients;

/** Looks on at what stages do. Called in the thread of the stage. */
public interface StageListener {
    /** Sees nothing. */
    StageListener NONE = new StageListener() {};

    /**
     * A stage begins with a batch.
     *
     * @param isBackward whether it learns from what the stage behind sent, rather than runs
     */
    default void begins(int stage, long batch, boolean isBackward) {}

    /** It is done with what it began. */
    default void ends(int stage, long batch, boolean isBackward) {}

    /**
     * A stage has the gradients of a batch, and is about to update.
     *
     * @param stage its number
     * @param batch whose gradients they are
     * @param staleness how many updates the stage has made since the batch ran in it
     * @param gradients of the stage's parameters. Not to be kept
     */
    default void learns(int stage, long batch, long staleness, Gradients gradients) {}
}
