package org.backpropaganda.reversible.abn;

import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.Supplier;

/** What a layer warns of, once: by the system's logger, unless somebody else listens. */
final class LayerWarning {
    private static final System.Logger LOGGER = System.getLogger("org.backpropaganda.reversible");

    private final AtomicBoolean said = new AtomicBoolean();
    private volatile Consumer<String> listener = text -> LOGGER.log(System.Logger.Level.WARNING, text);

    void listener(Consumer<String> other) {
        listener = other;
    }

    void say(Supplier<String> text) {
        if (said.compareAndSet(false, true)) {
            listener.accept(text.get());
        }
    }
}
