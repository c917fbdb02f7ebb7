package org.backpropaganda.autograd.graph;

import java.util.ArrayList;
import java.util.List;

/** What the forward of a segment keeps for its backward: tensors, and traces of what will be computed again. */
record Kept(List<SavedTensor> tensors, List<Trace> traces) {
    Kept() {
        this(new ArrayList<>(), new ArrayList<>());
    }

    /** Frees all of it, unread. */
    void discard() {
        tensors.forEach(SavedTensor::discard);
        releaseStates();
    }

    /** Frees what traces keep. */
    void releaseStates() {
        traces.forEach(Trace::release);
    }
}
