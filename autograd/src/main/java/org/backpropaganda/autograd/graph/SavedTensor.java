package org.backpropaganda.autograd.graph;

import static java.util.Objects.requireNonNull;

import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.backpropaganda.autograd.tensor.TensorSpec;
import org.jspecify.annotations.Nullable;

/** One tensor kept for backward, and the version it had. Brought back by {@link SegmentBackward#restore}. */
public final class SavedTensor {
    private final Object label;
    private final TensorSpec spec;
    private final PackedTensors.@Nullable Entry entry;
    private final @Nullable Tensor parameter;
    private final int parameterVersion;
    private @Nullable Tensor shown;
    private boolean gone;

    private SavedTensor(
            Object label,
            TensorSpec spec,
            PackedTensors.@Nullable Entry entry,
            @Nullable Tensor parameter,
            int parameterVersion) {
        this.label = label;
        this.spec = spec;
        this.entry = entry;
        this.parameter = parameter;
        this.parameterVersion = parameterVersion;
    }

    static SavedTensor pack(Saving saving, SavedTensorPolicy policy, PackedTensors packed) {
        return new SavedTensor(saving.describe(), saving.spec(), packed.pack(saving, policy), null, 0);
    }

    /** Parameters outlive the tape: they are remembered, not kept. */
    static SavedTensor parameter(Object label, Tensor tensor) {
        return new SavedTensor(label, tensor.spec(), null, tensor, tensor.version());
    }

    /** One more reader of the same tensor. */
    SavedTensor joined() {
        return new SavedTensor(label, spec, entry == null ? null : entry.join(), parameter, parameterVersion);
    }

    /** Shape and element type. */
    TensorSpec spec() {
        return spec;
    }

    /** Whether it is a remembered parameter, which whoever restores it leaves open. */
    public boolean isParameter() {
        return entry == null;
    }

    /** Whether it comes back bit for bit. */
    boolean isExact() {
        return entry == null || entry.isExact();
    }

    /** Whether others may still read it, and get every bit. */
    boolean isThereToTheBit() {
        return entry == null || (!gone && entry.isExact());
    }

    /** What a codec made of it; not of a parameter. */
    SavedTensorCodec.Packed packed() {
        return requireNonNull(entry).packed();
    }

    /** How many ops have to run one after another to bring it back. */
    int depth() {
        return entry == null ? 0 : entry.depth();
    }

    /** Whether the tensor itself is there, for others to hold it at no cost. */
    boolean isKeptAsItIs() {
        return entry == null || (!gone && entry.isKept());
    }

    /** The tensor for its last reading; to be closed by the caller unless {@link #isParameter()}. */
    Tensor take(TensorScope scope) {
        if (entry == null) {
            return parameterValue();
        }
        if (gone) {
            throw new IllegalStateException(label + " was brought back, or let go, already");
        }
        end();
        return shaped(entry.take(label, scope), scope);
    }

    /** The tensor, which stays saved; to be closed by the caller unless {@link #isParameter()}. */
    Tensor look(TensorScope scope) {
        return entry == null ? parameterValue() : shaped(entry.look(label, scope), scope);
    }

    /** The tensor will be read soon. */
    void prefetch() {
        if (entry != null && !gone) {
            entry.prefetch();
        }
    }

    /** The tensor as it lies with the tape, where it stays: unpacked from now on, if it was packed. Not to be closed. */
    Tensor peek() {
        if (entry == null) {
            return parameterValue();
        }
        Tensor tensor = entry.keepUnpacked(label);
        if (tensor.spec().equals(spec)) {
            return tensor;
        }
        if (shown == null) {
            shown = entry.view(tensor, spec.shape());
        }
        return shown;
    }

    /** Lets go of the tensor, unless it was taken. */
    void discard() {
        if (entry != null && !gone) {
            end();
            entry.discard();
        }
    }

    private void end() {
        gone = true;
        if (shown != null) {
            shown.close();
            shown = null;
        }
    }

    /** The bytes may have been packed under another shape, by another reader. */
    private Tensor shaped(Tensor tensor, TensorScope scope) {
        if (tensor.spec().equals(spec)) {
            return tensor;
        }
        Tensor view = scope.view(tensor, spec.shape());
        tensor.close();
        return view;
    }

    private Tensor parameterValue() {
        Tensor tensor = requireNonNull(parameter);
        Kept.checkVersion(label, tensor, parameterVersion);
        return tensor;
    }
}
