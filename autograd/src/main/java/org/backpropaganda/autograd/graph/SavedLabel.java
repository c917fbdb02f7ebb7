package org.backpropaganda.autograd.graph;

/**
 * What errors call a saved tensor, put into words only when there is one: a step saves thousands.
 *
 * @param op the reader
 * @param path of the module call that saved it
 * @param what it is to the reader
 */
record SavedLabel(String op, String path, String what) {
    @Override
    public String toString() {
        return op + " backward" + (path.isEmpty() ? "" : " in " + path) + ": saved " + what;
    }
}
