package org.backpropaganda.reversible.abn;

import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.tensor.Tensor;

/** What a layer warns of, once: by the system's logger, unless somebody else listens. */
final class LayerWarning {
    private static final System.Logger LOGGER = System.getLogger("org.backpropaganda.reversible");

    private final AtomicBoolean said = new AtomicBoolean();
    private volatile Consumer<String> listener = text -> LOGGER.log(System.Logger.Level.WARNING, text);

    void listener(Consumer<String> other) {
        listener = other;
    }

    /** Says on a first run, if anything is lost, what is kept for it. */
    void of(String op, LostChannels lost, Reconstruction reconstruction, Tape tape, Tensor x) {
        if (lost.none()) {
            return;
        }
        String path = tape.path();
        long bytes = x.bytes() / reconstruction.channels();
        tape.onFirstRun(() -> {
            if (said.compareAndSet(false, true)) {
                listener.accept(op + (path.isEmpty() ? "" : " " + path) + ": " + lost
                        + " cannot be had back from the output, because " + reconstruction.why() + "; "
                        + (lost.all()
                                ? "it saves what the plain layers save"
                                : "their normalised values are kept, " + bytes + " bytes a channel"));
            }
        });
    }
}
