package org.backpropaganda.autograd.graph;

import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;

/**
 * What becomes of a tensor between the forward that saves it and the backward that reads it: kept, compressed, moved
 * elsewhere. Parameters never pass through it.
 */
@FunctionalInterface
public interface SavedTensorPolicy {

    /** A tensor put away. Exactly one of its methods is called, once. */
    interface Packed {

        /** Brings the tensor back; the caller closes it. */
        Tensor unpack(TensorScope leases);

        /** Frees it unread. */
        void discard();
    }

    /**
     * Puts a tensor away.
     *
     * @param tensor not modified, and not to be closed: it belongs to its scope
     * @param leases to own what is kept: tensors that it allocates or shares count as {@code ACTIVATION}
     */
    Packed pack(Tensor tensor, TensorScope leases);

    /** Keeps the tensor itself, by a lease. */
    static SavedTensorPolicy keep() {
        return Kept::new;
    }

    /** A leased tensor. */
    final class Kept implements Packed {
        private final Tensor lease;

        Kept(Tensor tensor, TensorScope leases) {
            lease = leases.share(tensor);
        }

        Tensor tensor() {
            return lease;
        }

        @Override
        public Tensor unpack(TensorScope leases) {
            return lease;
        }

        @Override
        public void discard() {
            lease.close();
        }
    }
}
