package org.backpropaganda.autograd.graph;

import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;

/**
 * Puts saved tensors away and brings them back. Chosen by a {@link SavedTensorPolicy}; it has no state of a tape's, so one
 * serves any number of tapes. It is called within {@code Engine.enter()}, so that it may read and write bytes.
 *
 * <p>In an engine without memory the tensors that it allocates have no values ({@link Tensor#hasValues}), and most that it is
 * given have none: it allocates what it would allocate, and computes nothing, so that bytes are told before anything runs. A
 * constant of the model's own engine has values there too, and nowhere to be unpacked to.
 */
public interface SavedTensorCodec {

    /** How errors and reports call it. */
    String name();

    /** Whether every bit comes back. One that loses any is refused for what must stay exact. */
    boolean isExact();

    /**
     * Whether what comes back has the derivative that the reader computes from it, and nothing else of the tensor. A backward
     * that is recorded, to be differentiated itself, is refused then.
     */
    default boolean servesOneDerivative() {
        return false;
    }

    /**
     * Whether the first of several readers brings a tensor back for all: it is kept as it is for those that come, and the
     * last one has it for itself. Otherwise each brings it back anew.
     */
    default boolean isUnpackedOnce() {
        return false;
    }

    /**
     * Puts a tensor away.
     *
     * @param saving the tensor, which is not to be modified or closed, and what is known of it
     * @param leases to own what is kept: tensors that it allocates or shares count as {@code ACTIVATION}
     */
    Packed pack(Saving saving, TensorScope leases);

    /** A tensor put away. */
    interface Packed {

        /**
         * Brings the tensor back, and goes on keeping it: it may be asked for any number of times.
         *
         * @param scope to own the tensor, which has the shape and element type of the packed one; the caller closes it
         */
        Tensor unpack(TensorScope scope);

        /** Tells that the tensor will be brought back soon: what takes time may begin. */
        default void prefetch() {}

        /** Brings the tensor back for the last time: {@link #discard} is not called then. */
        default Tensor take(TensorScope scope) {
            try {
                return unpack(scope);
            } finally {
                discard();
            }
        }

        /** Frees what is kept. */
        void discard();

        /**
         * How many ops have to run one after another to bring the tensor back: what is made from it is as many further from
         * what is kept.
         */
        default int depth() {
            return 0;
        }
    }

    /** Keeps the tensor itself, by a lease. */
    static SavedTensorCodec keep() {
        return Kept.CODEC;
    }
}
