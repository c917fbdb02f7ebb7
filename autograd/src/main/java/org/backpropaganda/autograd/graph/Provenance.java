package org.backpropaganda.autograd.graph;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
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

    /**
     * An op that was applied.
     *
     * @param path of the module call that applied it
     */
    record Made(Op op, List<@Nullable Provenance> inputs, String path, TapeObserver observer) {}

    private final TensorSpec spec;
    private final @Nullable Made made;
    private Map<Integer, SavedTensor> extras = Map.of();
    private @Nullable SavedTensor saved;

    private Provenance(TensorSpec spec, @Nullable Made made, @Nullable SavedTensor saved) {
        this.spec = spec;
        this.made = made;
        this.saved = saved;
    }

    /** Of what came to the tape as it is. */
    static Provenance given(TensorSpec spec) {
        return new Provenance(spec, null, null);
    }

    /** Of a parameter, which outlives the tape. */
    static Provenance parameter(String path, Tensor value) {
        return new Provenance(value.spec(), null, SavedTensor.parameter(new ParameterLabel(path), value));
    }

    /** Of an op's output. */
    static Provenance made(Tape tape, Op op, List<Variable> inputs, TensorSpec output) {
        List<@Nullable Provenance> from = new ArrayList<>(inputs.size());
        for (Variable input : inputs) {
            from.add(input.provenance());
        }
        return new Provenance(
                output, new Made(op, from, tape.path(), tape.settings().observer()), null);
    }

    /** The tape keeps the value from now on. */
    void keptAs(SavedTensor kept) {
        SavedTensor before = saved();
        if (before == null || kept.depth() < before.depth()) {
            saved = kept;
        }
    }

    /** The tape keeps an extra of the op from now on. */
    void keptExtraAs(int number, SavedTensor kept) {
        extras = new HashMap<>(extras);
        extras.put(number, kept);
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

    /** The op that made the value, or null where none of this tape did. */
    @Nullable
    Made made() {
        return made;
    }

    /** The extras that the op recalls when it runs again, in that order; none unless all are kept to the bit. */
    List<SavedTensor> recalled() {
        List<SavedTensor> recalled = new ArrayList<>();
        for (int number : made == null ? List.<Integer>of() : made.op().recalls()) {
            SavedTensor extra = extras.get(number);
            if (extra == null || !extra.isThereToTheBit()) {
                return List.of();
            }
            recalled.add(extra);
        }
        return recalled;
    }

    /** How to compute the value, or null where no op of this tape made it. */
    @Nullable
    Recipe recipe() {
        return made == null ? null : new Recipe(this, made);
    }
}
