package org.backpropaganda.autograd.kernel.onednn;

import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.MemoryKind;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;

/**
 * Reordered weights that are kept until the step ends, so that a step that computes twice reorders them once. Counted as
 * {@code SCRATCH}. Weights that were written since are reordered anew.
 */
final class PackedWeights {
    private final TensorScope scope;
    private final Map<Key, Entry> entries = new HashMap<>();

    PackedWeights(TensorScope scope) {
        this.scope = scope;
    }

    private record Key(Object weights, Object layout) {}

    private static final class Entry {
        private final Tensor packed;
        private final int version;
        private int users;
        private boolean dropped;

        Entry(Tensor packed, int version) {
            this.packed = packed;
            this.version = version;
        }

        void closeIfUnused() {
            if (dropped && users == 0) {
                packed.close();
            }
        }
    }

    /**
     * Lends the packed weights.
     *
     * @param layout what tells it from other layouts of the same weights
     * @param bytes that the layout takes
     * @param pack makes them if they are not there
     */
    void read(Tensor w, Object layout, long bytes, Consumer<Tensor> pack, Consumer<Tensor> use) {
        Entry entry = acquire(new Key(w.identity(), layout), w.version(), bytes, pack);
        try {
            use.accept(entry.packed);
        } finally {
            release(entry);
        }
    }

    private synchronized Entry acquire(Key key, int version, long bytes, Consumer<Tensor> pack) {
        Entry found = entries.get(key);
        if (found == null || found.version != version) {
            Tensor room = packed(bytes, pack);
            if (found != null) {
                drop(found);
            }
            found = new Entry(room, version);
            entries.put(key, found);
        }
        found.users++;
        return found;
    }

    private Tensor packed(long bytes, Consumer<Tensor> pack) {
        Tensor room = scope.allocate(Shape.of(bytes), DType.BYTE, MemoryKind.SCRATCH);
        try {
            pack.accept(room);
            return room;
        } catch (RuntimeException | Error e) {
            room.close();
            throw e;
        }
    }

    private synchronized void release(Entry entry) {
        entry.users--;
        entry.closeIfUnused();
    }

    private static void drop(Entry entry) {
        entry.dropped = true;
        entry.closeIfUnused();
    }

    /** Lets go of all that is not in use. */
    synchronized void clear() {
        entries.values().forEach(PackedWeights::drop);
        entries.clear();
    }
}
