package org.backpropaganda.autograd.graph;

import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;

/** A tensor that was kept as it is. */
final class Kept implements SavedTensorCodec.Packed {
    static final SavedTensorCodec CODEC = new SavedTensorCodec() {
        @Override
        public String name() {
            return "keep";
        }

        @Override
        public boolean isExact() {
            return true;
        }

        @Override
        public SavedTensorCodec.Packed pack(Saving saving, TensorScope leases) {
            return new Kept(saving.tensor(), leases);
        }
    };

    private final Tensor lease;
    private final int version;

    Kept(Tensor tensor, TensorScope leases) {
        lease = leases.share(tensor);
        version = tensor.version();
    }

    /** The tensor where it lies, refused if it is not what it was. */
    Tensor tensor(Object label) {
        checkVersion(label, lease, version);
        return lease;
    }

    /** Refuses a tensor that was modified since it was saved. */
    static void checkVersion(Object label, Tensor tensor, int version) {
        if (tensor.version() != version) {
            throw new IllegalStateException(label + " " + tensor.spec() + " is at version " + tensor.version()
                    + ", saved at " + version + ": modified in place by " + tensor.lastWriter());
        }
    }

    @Override
    public Tensor unpack(TensorScope scope) {
        return scope.share(lease);
    }

    /** The lease itself, so that whoever takes it may have the bytes to itself. */
    @Override
    public Tensor take(TensorScope scope) {
        return lease;
    }

    @Override
    public void discard() {
        lease.close();
    }
}
