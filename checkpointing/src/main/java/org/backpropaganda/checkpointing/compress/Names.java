package org.backpropaganda.checkpointing.compress;

import org.backpropaganda.autograd.graph.Saving;

/** What errors call a saved tensor. */
final class Names {
    private Names() {}

    static String of(Saving saving) {
        return saving.op() + (saving.path().isEmpty() ? "" : " in " + saving.path()) + ": " + saving.label() + " "
                + saving.spec();
    }
}
