package org.backpropaganda.autograd.graph;

import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.jspecify.annotations.Nullable;

/** Saves what one tape keeps for its backward: everything passes the policy of the call that saves it. */
final class Saver {
    private final TensorScope leases;
    private final PackedTensors packed;

    Saver(TensorScope leases, TapeObserver observer) {
        this.leases = leases;
        packed = new PackedTensors(leases, observer);
    }

    /** The owner of all that is kept as it is. */
    TensorScope leases() {
        return leases;
    }

    /** Saves an op's input or output; a parameter is remembered. */
    SavedTensor variable(CallFrame frame, Op op, String label, Variable variable) {
        return variable(frame, op.name(), op, label, variable);
    }

    /** Saves a segment's input; a parameter is remembered. */
    SavedTensor ofSegment(CallFrame frame, String segment, String label, Variable variable) {
        return variable(frame, segment, null, label, variable);
    }

    private SavedTensor variable(CallFrame frame, String name, @Nullable Op op, String label, Variable variable) {
        if (variable.isParameter()) {
            return SavedTensor.parameter(new SavedLabel(name, frame.path(), label), variable.value());
        }
        Provenance provenance = variable.provenance();
        Recipe recipe = provenance == null ? null : provenance.recipe();
        SavedTensor saved = save(frame, name, op, label, variable.value(), recipe);
        if (provenance != null) {
            provenance.keptAs(saved);
        }
        return saved;
    }

    /** Saves a tensor that an op made for its backward alone. */
    SavedTensor extra(CallFrame frame, Op op, String label, Tensor tensor) {
        return save(frame, op.name(), op, label, tensor, null);
    }

    private SavedTensor save(
            CallFrame frame, String name, @Nullable Op op, String label, Tensor tensor, @Nullable Recipe recipe) {
        boolean exact = !tensor.dtype().isDifferentiable();
        return save(
                new Saving(tensor, name, frame.path(), label, frame.key(), op, frame.isReplay(), exact, recipe),
                frame.mode().policy());
    }

    SavedTensor save(Saving saving, SavedTensorPolicy policy) {
        return SavedTensor.pack(saving, policy, packed);
    }
}
