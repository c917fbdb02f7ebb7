package org.backpropaganda.autograd.graph;

import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.jspecify.annotations.Nullable;

/** One tensor kept for backward, and the version it had. Brought back by {@link SegmentBackward#restore}. */
public final class SavedTensor {
    private final String label;
    private int version;
    private SavedTensorPolicy.@Nullable Packed packed;
    private final @Nullable Tensor parameter;

    private SavedTensor(
            String label, int version, SavedTensorPolicy.@Nullable Packed packed, @Nullable Tensor parameter) {
        this.label = label;
        this.version = version;
        this.packed = packed;
        this.parameter = parameter;
    }

    static SavedTensor pack(String label, Tensor tensor, SavedTensorPolicy policy, TensorScope leases) {
        return new SavedTensor(label, tensor.version(), policy.pack(tensor, leases), null);
    }

    /** Parameters outlive the tape: they are remembered, not kept. */
    static SavedTensor parameter(String label, Tensor tensor) {
        return new SavedTensor(label, tensor.version(), null, tensor);
    }

    /** The tensor; to be closed by the caller unless {@link #isParameter()}. */
    Tensor unpack(TensorScope leases) {
        if (packed == null) {
            return check(parameterValue());
        }
        Tensor tensor = packed.unpack(leases);
        return packed instanceof SavedTensorPolicy.Kept ? check(tensor) : tensor;
    }

    /** The tensor, which stays saved: from now on as it is, if it was packed. Not to be closed. */
    Tensor peek(TensorScope leases) {
        if (packed == null) {
            return check(parameterValue());
        }
        if (packed instanceof SavedTensorPolicy.Kept kept) {
            return check(kept.tensor());
        }
        Tensor tensor = packed.unpack(leases);
        SavedTensorPolicy.Kept kept = new SavedTensorPolicy.Kept(tensor, leases);
        tensor.close();
        packed = kept;
        version = kept.tensor().version();
        return kept.tensor();
    }

    /** Whether it is a remembered parameter, which whoever restores it leaves open. */
    public boolean isParameter() {
        return packed == null;
    }

    void discard() {
        if (packed != null) {
            packed.discard();
        }
    }

    private Tensor parameterValue() {
        if (parameter == null) {
            throw new IllegalStateException(label + ": nothing was saved");
        }
        return parameter;
    }

    private Tensor check(Tensor tensor) {
        if (tensor.version() != version) {
            throw new IllegalStateException(label + " " + tensor.spec() + " is at version " + tensor.version()
                    + ", saved at " + version + ": modified in place by " + tensor.lastWriter());
        }
        return tensor;
    }
}
