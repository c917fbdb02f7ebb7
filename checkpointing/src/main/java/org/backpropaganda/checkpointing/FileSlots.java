package org.backpropaganda.checkpointing;

import org.backpropaganda.autograd.graph.SavedTensorCodec;
import org.backpropaganda.autograd.graph.Saving;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.backpropaganda.checkpointing.offload.OffloadFile;
import org.backpropaganda.checkpointing.offload.Stored;

/** Puts states into a file, as a schedule says. */
record FileSlots(OffloadFile file) implements SavedTensorCodec {
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
        return new InFile(file.write(saving.tensor()));
    }

    /** A tensor of a state. */
    private record InFile(Stored stored) implements Packed {
        @Override
        public Tensor unpack(TensorScope scope) {
            return stored.read(scope);
        }

        @Override
        public void prefetch() {
            stored.prefetch();
        }

        @Override
        public void discard() {
            stored.discard();
        }
    }
}
