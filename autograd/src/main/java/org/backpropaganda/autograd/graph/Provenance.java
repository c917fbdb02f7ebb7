package org.backpropaganda.autograd.graph;

import java.util.ArrayList;
import java.util.List;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorSpec;
import org.jspecify.annotations.Nullable;

/**
 * Where a value on a recording tape is from: the op that made it and where that op's inputs are from, and whether the tape
 * keeps it. It holds no tensors of its own.
 */
final class Provenance {
    /** What errors call a parameter that a tape has read. */
    private record ParameterLabel(String path) {
        @Override
        public String toString() {
            return "backward: parameter" + (path.isEmpty() ? "" : " " + path);
        }
    }

    private final TensorSpec spec;
    private final @Nullable Op op;
    private final List<@Nullable Provenance> inputs;
    private final String path;
    private @Nullable SavedTensor saved;

    private Provenance(
            TensorSpec spec,
            @Nullable Op op,
            List<@Nullable Provenance> inputs,
            String path,
            @Nullable SavedTensor saved) {
        this.spec = spec;
        this.op = op;
        this.inputs = inputs;
        this.path = path;
        this.saved = saved;
    }

    /** Of what came to the tape as it is. */
    static Provenance given(TensorSpec spec) {
        return new Provenance(spec, null, List.of(), "", null);
    }

    /** Of a parameter, which outlives the tape. */
    static Provenance parameter(String path, Tensor value) {
        return new Provenance(
                value.spec(), null, List.of(), path, SavedTensor.parameter(new ParameterLabel(path), value));
    }

    /** Of the output of an op that a call applied. */
    static Provenance made(Op op, List<Variable> inputs, TensorSpec output, String path) {
        List<@Nullable Provenance> from = new ArrayList<>(inputs.size());
        for (Variable input : inputs) {
            from.add(input.provenance());
        }
        return new Provenance(output, op, from, path, null);
    }

    /** The tape keeps the value from now on. */
    void keptAs(SavedTensor kept) {
        if (saved() == null) {
            saved = kept;
        }
    }

    /** The op that made it, or null. */
    @Nullable
    Op op() {
        return op;
    }

    /** Where that op's inputs are from. */
    List<@Nullable Provenance> inputs() {
        return inputs;
    }

    /** The module path of the call that applied the op. */
    String path() {
        return path;
    }

    TensorSpec spec() {
        return spec;
    }

    /** The value as the tape keeps it, to the bit; null where it does not, or has brought it back for good. */
    @Nullable
    SavedTensor saved() {
        return saved != null && saved.isThereToTheBit() ? saved : null;
    }

    /** How to compute the value, or null where no op of this tape made it. */
    @Nullable
    Recipe recipe() {
        return op == null ? null : new Recipe(op, this);
    }
}
