package org.backpropaganda.autograd.graph;

import org.backpropaganda.autograd.tensor.AllocationWatcher;
import org.backpropaganda.autograd.tensor.AllocationWatcher.Phase;
import org.jspecify.annotations.Nullable;

/** A computation that the engine's watcher is told of, from its begin to its end; nothing where nobody watches. */
final class Watched implements AutoCloseable {
    private static final Watched BY_NOBODY = new Watched(null);

    private final @Nullable AllocationWatcher watcher;

    private Watched(@Nullable AllocationWatcher watcher) {
        this.watcher = watcher;
    }

    /** An op or segment computes in a phase. */
    static Watched begin(Tape tape, String name, String path, Phase phase) {
        AllocationWatcher watcher = tape.home().engine().watcher();
        if (watcher == null) {
            return BY_NOBODY;
        }
        watcher.begins(name, path, phase);
        return new Watched(watcher);
    }

    /** An op or segment computes where the tape is, for the first time or again. */
    static Watched forward(Tape tape, String name) {
        return begin(tape, name, tape.path(), tape.isReplay() ? Phase.REPLAY : Phase.FORWARD);
    }

    @Override
    public void close() {
        if (watcher != null) {
            watcher.ends();
        }
    }
}
