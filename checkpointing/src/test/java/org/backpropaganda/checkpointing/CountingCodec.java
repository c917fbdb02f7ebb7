package org.backpropaganda.checkpointing;

import org.backpropaganda.autograd.graph.SavedTensorCodec;
import org.backpropaganda.autograd.graph.Saving;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.backpropaganda.autograd.testkit.HeapCodec;

/** Stands for a file: counts the bytes that go there. */
final class CountingCodec implements SavedTensorCodec {
    private final SavedTensorCodec heap = new HeapCodec();
    private long writtenBytes;

    @Override
    public String name() {
        return "file";
    }

    @Override
    public boolean isExact() {
        return true;
    }

    @Override
    public Packed pack(Saving saving, TensorScope leases) {
        writtenBytes += saving.tensor().bytes();
        return heap.pack(saving, leases);
    }

    long writtenBytes() {
        return writtenBytes;
    }
}
