package org.backpropaganda.autograd.graph;

import static org.backpropaganda.autograd.graph.GraphLedger.LEDGER;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.backpropaganda.autograd.tensor.AllocationWatcher;
import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.autograd.tensor.MemoryKind;
import org.backpropaganda.autograd.tensor.MemoryLedger;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.jspecify.annotations.Nullable;

/** What one tape has packed: a tensor that several readers save is packed once. */
final class PackedTensors {
    private final TensorScope leases;
    private final TapeObserver observer;
    private final IdentityHashMap<Object, List<Entry>> entries = new IdentityHashMap<>();

    /** For what codecs allocate, so that the ledger books it under the path of the module that saves. */
    private final Map<String, TensorScope> leasesByPath = new HashMap<>();

    /**
     * Nothing yet.
     *
     * @param observer told of everything that is packed
     */
    PackedTensors(TensorScope leases, TapeObserver observer) {
        this.leases = leases;
        this.observer = observer;
    }

    /** One packed tensor and its readers. */
    final class Entry {
        private final @Nullable Object bytes;
        private final int version;
        private final SavedTensorCodec codec;
        private SavedTensorCodec.Packed packed;
        private int readers = 1;

        private Entry(@Nullable Object bytes, int version, SavedTensorCodec codec, SavedTensorCodec.Packed packed) {
            this.bytes = bytes;
            this.version = version;
            this.codec = codec;
            this.packed = packed;
        }

        boolean isExact() {
            return codec.isExact();
        }

        /** What the codec made of it. */
        SavedTensorCodec.Packed packed() {
            return packed;
        }

        /** How many ops have to run one after another to bring it back. */
        int depth() {
            return packed.depth();
        }

        /** Whether the tensor itself is there. */
        boolean isKept() {
            return packed instanceof Kept;
        }

        /** One reader more. */
        Entry join() {
            readers++;
            return this;
        }

        /** Refuses a tensor that was kept as it was, and is not that any more. */
        private void check(Object label) {
            if (packed instanceof Kept kept) {
                kept.tensor(label);
            }
        }

        /** The tensor for a reader that goes on reading; to be closed. */
        Tensor look(Object label, TensorScope scope) {
            check(label);
            return packed instanceof Kept ? packed.unpack(scope) : entered(() -> packed.unpack(scope));
        }

        /** The tensor will be read soon. */
        void prefetch() {
            entered(() -> {
                packed.prefetch();
                return packed;
            });
        }

        /** The tensor for a reader that has done; to be closed. */
        Tensor take(Object label, TensorScope scope) {
            if (--readers > 0) {
                return codec.isUnpackedOnce() ? share(label, scope) : look(label, scope);
            }
            forget();
            if (packed instanceof Kept) {
                Tensor tensor = packed.take(scope);
                check(label);
                return tensor;
            }
            return entered(() -> packed.take(scope));
        }

        /** The tensor for one of several readers, kept as it is for the others; to be closed. */
        private Tensor share(Object label, TensorScope scope) {
            Tensor tensor = look(label, scope);
            if (!isKept()) {
                packed.discard();
                packed = new Kept(tensor, leases);
            }
            return tensor;
        }

        /** One reader less, which has not read. */
        void discard() {
            if (--readers == 0) {
                forget();
                packed.discard();
            }
        }

        /** The tensor as it lies with the tape: from now on it is kept as it is. Not to be closed. */
        Tensor keepUnpacked(Object label) {
            if (packed instanceof Kept kept) {
                return kept.tensor(label);
            }
            if (codec.servesOneDerivative()) {
                throw new IllegalStateException(label + " was packed by " + codec.name()
                        + ", which serves a first derivative alone, and a recorded backward needs more; keep it there");
            }
            Tensor tensor = entered(() -> packed.unpack(leases));
            Kept lease = new Kept(tensor, leases);
            tensor.close();
            packed.discard();
            packed = lease;
            return lease.tensor(label);
        }

        /** Another view of what lies with the tape; to be closed. */
        Tensor view(Tensor tensor, Shape shape) {
            return leases.view(tensor, shape);
        }

        private void forget() {
            if (bytes != null) {
                List<Entry> of = entries.get(bytes);
                if (of != null && of.remove(this) && of.isEmpty()) {
                    entries.remove(bytes);
                }
            }
        }
    }

    /**
     * Packs a tensor, or finds that it was packed.
     *
     * @throws IllegalStateException if bits would be lost that must not
     */
    Entry pack(Saving saving, SavedTensorPolicy policy) {
        SavedTensorCodec codec = policy.choose(saving);
        AllocationWatcher watcher = leases.engine().watcher();
        if (watcher != null) {
            watcher.saved(saving.tensor().identity(), saving.op(), saving.label(), codec.name());
        }
        if (observer == TapeObserver.NONE) {
            return pack(saving, codec);
        }
        MemoryLedger ledger = leases.engine().ledger();
        long before = ledger.liveBytes(MemoryKind.ACTIVATION);
        Entry entry = pack(saving, codec);
        observer.saved(saving, codec, ledger.liveBytes(MemoryKind.ACTIVATION) - before);
        return entry;
    }

    private Entry pack(Saving saving, SavedTensorCodec codec) {
        if (saving.isExact() && !codec.isExact()) {
            throw new IllegalStateException(
                    saving.describe() + " " + saving.spec() + " must come back bit for bit, and " + codec.name()
                            + " loses bits; keep what is exact, as SavedTensorPolicy.of does");
        }
        if (codec == Kept.CODEC) {
            return new Entry(null, 0, codec, codec.pack(saving, leases));
        }
        Object bytes = saving.tensor().identity();
        int version = saving.tensor().version();
        List<Entry> present = entries.computeIfAbsent(bytes, key -> new ArrayList<>());
        for (Entry entry : present) {
            if (entry.version == version && entry.codec.equals(codec)) {
                return entry.join();
            }
        }
        TensorScope own = leasesByPath.computeIfAbsent(saving.path(), path -> LEDGER.leasesAt(leases, path));
        Entry entry = new Entry(bytes, version, codec, entered(() -> codec.pack(saving, own)));
        present.add(entry);
        return entry;
    }

    /** Runs a codec, which may read and write bytes; closing the engine waits for it. */
    private <R> R entered(Supplier<R> use) {
        Engine engine = leases.engine();
        engine.enter();
        try {
            return use.get();
        } finally {
            engine.leave();
        }
    }
}
