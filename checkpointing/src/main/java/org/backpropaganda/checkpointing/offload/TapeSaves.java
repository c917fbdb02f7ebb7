package org.backpropaganda.checkpointing.offload;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;
import org.backpropaganda.autograd.graph.SavedTensorCodec;
import org.backpropaganda.autograd.graph.Saving;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.jspecify.annotations.Nullable;

/**
 * What one tape has saved to a file, in order: the last of it in memory still, and some of it in memory again. All that happens
 * here, and so every allocation, follows from the tape's own calls.
 */
final class TapeSaves {
    /** How many tensors are looked at for one that is worth reading ahead. */
    private static final int MOST_LOOKED_AT = 8;

    private final OffloadCodec codec;
    private final TensorScope leases;
    private final Set<Item> kept = new LinkedHashSet<>();
    private long keptBytes;
    private final NavigableMap<Integer, Item> filed = new TreeMap<>();
    private int next;
    private int ahead;
    private @Nullable Again again;

    /** A tensor that was read, and stays for its next reader until another one does. */
    private record Again(Item item, Tensor tensor) {}

    /** What errors call a saved tensor. */
    private record Label(String op, String path, String label) {
        @Override
        public String toString() {
            return op + " backward" + (path.isEmpty() ? "" : " in " + path) + ": saved " + label;
        }
    }

    TapeSaves(OffloadCodec codec, TensorScope leases) {
        this.codec = codec;
        this.leases = leases;
    }

    TensorScope leases() {
        return leases;
    }

    boolean isEmpty() {
        return kept.isEmpty() && filed.isEmpty();
    }

    /** Saves a tensor, for which earlier ones may have to go to the file. */
    SavedTensorCodec.Packed add(Saving saving) {
        Tensor tensor = saving.tensor();
        while (!kept.isEmpty() && tensor.bytes() > codec.keptBytes() - keptBytes) {
            kept.iterator().next().toFile();
        }
        Item item = new Item(next++, new Label(saving.op(), saving.path(), saving.label()), tensor);
        if (tensor.bytes() <= codec.keptBytes()) {
            item.lease = leases.share(tensor);
            kept.add(item);
            keptBytes += item.bytes;
        } else {
            item.toFile(tensor);
        }
        return item;
    }

    /** Reads what backward is likely to read next: the last that it has not read yet, or else those before the present one. */
    private void readAhead(Item present) {
        List<Item> likely = candidates(filed, present, true);
        if (likely.isEmpty()) {
            likely = candidates(filed.headMap(present.number, false), present, false);
        }
        int room = codec.ahead();
        for (Item item : likely) {
            if (room == 0) {
                return;
            }
            room--;
            if (!item.isAhead && ahead < codec.ahead()) {
                item.isAhead = item.stored().prefetch(leases);
                ahead += item.isAhead ? 1 : 0;
            }
        }
    }

    private static List<Item> candidates(NavigableMap<Integer, Item> from, Item present, boolean onlyNew) {
        List<Item> found = new ArrayList<>();
        int looked = 0;
        for (Item item : from.descendingMap().values()) {
            if (looked++ == MOST_LOOKED_AT) {
                break;
            }
            if (item != present && !(onlyNew && item.wasRead) && item.stored().isToBeRead()) {
                found.add(item);
            }
        }
        return found;
    }

    private void forgetAgain() {
        if (again != null) {
            again.tensor().close();
            again = null;
        }
    }

    /** One tensor. */
    private final class Item implements SavedTensorCodec.Packed {
        private final int number;
        private final Label label;
        private final long bytes;
        private final int version;
        private @Nullable Tensor lease;
        private @Nullable FiledTensor stored;
        private boolean isAhead;
        private boolean wasRead;

        Item(int number, Label label, Tensor tensor) {
            this.number = number;
            this.label = label;
            this.bytes = tensor.bytes();
            this.version = tensor.version();
        }

        FiledTensor stored() {
            if (stored == null) {
                throw new IllegalStateException("offload: " + label + " was let go already");
            }
            return stored;
        }

        /** Moves the tensor from memory. */
        void toFile() {
            toFile(unchanged());
            release();
        }

        void toFile(Tensor tensor) {
            stored = codec.file().write(tensor, leases.engine());
            filed.put(number, this);
        }

        /** The tensor that is still in memory, refused if it is not what it was. */
        private Tensor unchanged() {
            Tensor tensor = lease;
            if (tensor == null) {
                throw new IllegalStateException("offload: " + label + " was let go already");
            }
            if (tensor.version() != version) {
                throw new IllegalStateException(label + " " + tensor.spec() + " is at version " + tensor.version()
                        + ", saved at " + version + ": modified in place by " + tensor.lastWriter());
            }
            return tensor;
        }

        private void release() {
            Tensor tensor = lease;
            if (tensor != null) {
                kept.remove(this);
                keptBytes -= bytes;
                lease = null;
                tensor.close();
            }
        }

        @Override
        public Tensor unpack(TensorScope scope) {
            if (lease != null) {
                return scope.share(unchanged());
            }
            if (again != null && again.item() == this) {
                return scope.share(again.tensor());
            }
            Tensor tensor = read(scope);
            forgetAgain();
            again = new Again(this, leases.share(tensor));
            return tensor;
        }

        @Override
        public Tensor take(TensorScope scope) {
            try {
                if (lease != null) {
                    return scope.share(unchanged());
                }
                return again != null && again.item() == this ? scope.share(again.tensor()) : read(scope);
            } finally {
                discard();
            }
        }

        private Tensor read(TensorScope scope) {
            FiledTensor from = stored();
            ahead -= isAhead ? 1 : 0;
            isAhead = false;
            wasRead = true;
            return from.read(scope, () -> readAhead(this));
        }

        @Override
        public void discard() {
            release();
            if (again != null && again.item() == this) {
                forgetAgain();
            }
            ahead -= isAhead ? 1 : 0;
            isAhead = false;
            FiledTensor from = stored;
            if (from != null) {
                stored = null;
                filed.remove(number);
                from.discard();
            }
            codec.forgetIfEmpty(TapeSaves.this);
        }
    }
}
