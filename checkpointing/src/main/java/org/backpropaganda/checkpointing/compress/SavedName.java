package org.backpropaganda.checkpointing.compress;

import org.backpropaganda.autograd.graph.Saving;

/**
 * What a saved tensor is called from step to step. Tensors that one module saves by one op under one label share it.
 *
 * @param path of the module call
 * @param op the reader
 * @param label what it is to the reader
 */
public record SavedName(String path, String op, String label) {
    /** The name of what is saved. */
    public static SavedName of(Saving saving) {
        return new SavedName(saving.path(), saving.op(), saving.label());
    }

    @Override
    public String toString() {
        return (path.isEmpty() ? "" : path + " ") + op + " " + label;
    }
}
