package org.backpropaganda.autograd.graph;

/**
 * How one call of a {@link Segment} is differentiated, from what the call kept. Nothing in it changes: where a tape retains
 * what it kept, it is called again.
 */
public interface Pullback {

    /** Whether {@link #backward} has nothing to do when no gradient reached any output; then it is not called. */
    default boolean needsOutputGradient() {
        return true;
    }

    /**
     * Adds the gradients of inputs and parameters, having restored what forward saved. An output that no gradient reached has
     * none.
     */
    void backward(SegmentBackward call);

    /**
     * The segment's function written with ops: computes it again on a tape that records, from what the call kept. With it
     * {@link Tape#differentiate} goes through the segment, as often as one likes.
     *
     * @return what {@link SegmentBackward#record} gave
     * @throws IllegalStateException if there is no such function; the message names the segment
     */
    default Recorded recompute(SegmentBackward call) {
        throw call.refused(
                "has a backward of its own, which cannot be recorded; use the plain form of what it computes");
    }

    /** Whether {@link #backward} may be called again; false where the first has an effect that must not happen twice. */
    default boolean mayRepeat() {
        return true;
    }
}
