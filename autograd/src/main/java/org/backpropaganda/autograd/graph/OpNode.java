package org.backpropaganda.autograd.graph;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.jspecify.annotations.Nullable;

/** A recorded op and what it saved. */
final class OpNode implements Node {
    private final Op op;
    private final Operands operands;
    private final List<@Nullable GradientSlot> inputs;
    private final GradientSlot output;
    private final String path;
    private final Map<Integer, SavedTensor> savedInputs = new TreeMap<>();
    private @Nullable SavedTensor savedOutput;
    private final List<SavedTensor> savedExtras = new ArrayList<>();

    OpNode(Op op, Operands operands, List<@Nullable GradientSlot> inputs, GradientSlot output, String path) {
        this.op = op;
        this.operands = operands;
        this.inputs = inputs;
        this.output = output;
        this.path = path;
    }

    String label(String what) {
        return op.name() + " backward" + (path.isEmpty() ? "" : " in " + path) + ": saved " + what;
    }

    void saveInput(int number, SavedTensor saved) {
        savedInputs.put(number, saved);
    }

    void saveOutput(SavedTensor saved) {
        savedOutput = saved;
    }

    void saveExtra(SavedTensor saved) {
        savedExtras.add(saved);
    }

    @Override
    public void backward(Tape tape) {
        Tensor dy = output.take();
        if (dy == null) {
            discard();
            return;
        }
        try (TensorScope scope = tape.home().childAt(path)) {
            Unpacked unpacked = new Unpacked();
            savedInputs.forEach((number, saved) -> unpacked.addInput(number, saved, scope));
            if (savedOutput != null) {
                unpacked.addOutput(savedOutput, scope);
            }
            savedExtras.forEach(saved -> unpacked.addExtra(saved, scope));
            op.vjp(new BackwardCall(op.name(), scope, operands, inputs, unpacked, dy));
            unpacked.close();
        }
        dy.close();
    }

    @Override
    public void discard() {
        savedInputs.values().forEach(SavedTensor::discard);
        if (savedOutput != null) {
            savedOutput.discard();
        }
        savedExtras.forEach(SavedTensor::discard);
    }
}
