package org.backpropaganda.autograd.graph;

/** Something that is called on a tape and calls others: a module. Names make keys and paths. */
public interface Callee {

    /**
     * What this calls {@code child}. An empty name adds nothing to keys and paths: the child stands in this one's place,
     * as in a wrapper.
     */
    String nameOf(Callee child);
}
