package org.backpropaganda.autograd.tensor;

import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The place of the one {@link AllocationWatcher} of a ledger, under whose lock all but {@link #get} is called. */
final class WatcherSlot {
    private volatile @Nullable AllocationWatcher watcher;

    @Nullable
    AllocationWatcher get() {
        return watcher;
    }

    /** Puts a watcher there, or none; it is first told what is alive. */
    void set(@Nullable AllocationWatcher next, Consumer<AllocationWatcher> alive) {
        if (next != null) {
            alive.accept(next);
        }
        watcher = next;
    }

    /** Tells the watcher, if there is one. One that throws hears no more. */
    void tell(Consumer<AllocationWatcher> news) {
        AllocationWatcher told = watcher;
        if (told == null) {
            return;
        }
        try {
            news.accept(told);
        } catch (RuntimeException | Error e) {
            if (watcher == told) {
                watcher = null;
            }
            throw e;
        }
    }
}
