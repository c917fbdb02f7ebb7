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
    private @Nullable SavedTensor saved;

    private Provenance(
            TensorSpec spec, @Nullable Op op, List<@Nullable Provenance> inputs, @Nullable SavedTensor saved) {
        this.spec = spec;
        this.op = op;
        this.inputs = inputs;
        this.saved = saved;
    }

    /** Of what came to the tape as it is. */
    static Provenance given(TensorSpec spec) {
        return new Provenance(spec, null, List.of(), null);
    }

    /** Of a parameter, which outlives the tape. */
    static Provenance parameter(String path, Tensor value) {
        return new Provenance(value.spec(), null, List.of(), SavedTensor.parameter(new ParameterLabel(path), value));
    }

    /** Of an op's output. */
    static Provenance made(Op op, List<Variable> inputs, TensorSpec output) {
        List<@Nullable Provenance> from = new ArrayList<>(inputs.size());
        for (Variable input : inputs) {
            from.add(input.provenance());
        }
        return new Provenance(output, op, from, null);
    }

    /** The tape keeps the value from now on. */
    void keptAs(SavedTensor kept) {
        if (saved() == null) {
            saved = kept;
        }
    }

    TensorSpec spec() {
        return spec;
    }

    /** The value as the tape keeps it, to the bit; null where it does not, or has brought it back for good. */
    @Nullable
    SavedTensor saved() {
        return saved != null && saved.isThereToTheBit() ? saved : null;
    }

    /** The value where it is a parameter, or null. */
    @Nullable
    Tensor parameter() {
        SavedTensor kept = saved();
        return kept != null && kept.isParameter() ? kept.peek() : null;
    }

    /** How to compute the value, or null where no op of this tape made it. */
    @Nullable
    Recipe recipe() {
        return op == null ? null : new Recipe(op, inputs, spec);
    }
}
