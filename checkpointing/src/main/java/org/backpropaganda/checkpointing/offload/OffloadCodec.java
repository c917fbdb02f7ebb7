package org.backpropaganda.checkpointing.offload;

import java.util.HashMap;
import java.util.Map;
import org.backpropaganda.autograd.graph.SavedTensorCodec;
import org.backpropaganda.autograd.graph.Saving;
import org.backpropaganda.autograd.tensor.TensorScope;

/** Puts saved tensors into a file; see {@link OffloadPolicy}. */
final class OffloadCodec implements SavedTensorCodec {
    private final OffloadFile file;
    private final long keptBytes;
    private final int ahead;
    private final Map<TensorScope, TapeSaves> tapes = new HashMap<>();

    OffloadCodec(OffloadFile file, long keptBytes, int ahead) {
        this.file = file;
        this.keptBytes = keptBytes;
        this.ahead = ahead;
    }

    @Override
    public String name() {
        return "offload";
    }

    @Override
    public boolean isExact() {
        return true;
    }

    @Override
    public Packed pack(Saving saving, TensorScope leases) {
        TapeSaves saves;
        synchronized (tapes) {
            saves = tapes.computeIfAbsent(leases, scope -> new TapeSaves(this, scope));
        }
        try {
            return saves.add(saving);
        } finally {
            forgetIfEmpty(saves);
        }
    }

    /** How many tapes have something saved, for the test that no other is remembered. */
    int tapes() {
        synchronized (tapes) {
            return tapes.size();
        }
    }

    OffloadFile file() {
        return file;
    }

    /** The most bytes of the last tensors that stay in memory. */
    long keptBytes() {
        return keptBytes;
    }

    /** The most tensors that are read ahead. */
    int ahead() {
        return ahead;
    }

    /** Nothing of a tape is remembered beyond what it has saved. */
    void forgetIfEmpty(TapeSaves saves) {
        if (saves.isEmpty()) {
            synchronized (tapes) {
                tapes.remove(saves.leases());
            }
        }
    }
}
