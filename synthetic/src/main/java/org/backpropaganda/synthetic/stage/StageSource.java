package org.backpropaganda.synthetic.stage;

/** Where stages on threads of their own have batches from. */
@FunctionalInterface
interface StageSource {
    /** A batch, owned by whoever takes it. Called in the thread of the first stage. */
    Message message(long number);
}
