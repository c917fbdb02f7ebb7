package org.backpropaganda.autograd.graph;

import static org.backpropaganda.autograd.graph.GraphLedger.LEDGER;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
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
        destinations().forEach(GradientSlot::expectWriter);
    }

    @Override
    public List<GradientSlot> destinations() {
        List<GradientSlot> slots = new ArrayList<>(inputs.size());
        for (GradientSlot slot : inputs) {
            if (slot != null) {
                slots.add(slot);
            }
        }
        return slots;
    }

    @Override
    public boolean comesFrom(Set<GradientSlot> slots) {
        return destinations().stream().anyMatch(slots::contains);
    }

    @Override
    public List<GradientSlot> origins() {
        return List.of(output);
    }

    @Override
    public String path() {
        return path;
    }

    @Override
    public void gradient(RecordedBackward pass, Map<GradientSlot, Variable> outputGradients) {
        if (!(op instanceof TwiceDifferentiable rule)) {
            throw new IllegalStateException("differentiate: " + op.name() + (path.isEmpty() ? "" : " in " + path)
                    + " has no recorded backward; compose it of ops that have one");
        }
        Variable dy = Objects.requireNonNull(outputGradients.get(output));
        new GradientCall(pass, op, operands, inputs, output, peek(pass.tape()), dy).run(rule);
    }

    /** Looks at what was saved, and goes on keeping it. */
    private Unpacked peek(Tape tape) {
        Unpacked seen = new Unpacked();
        savedInputs.forEach((number, saved) -> seen.show(number, saved, tape.leases()));
        if (savedOutput != null) {
            seen.showOutput(savedOutput, tape.leases());
        }
        savedExtras.forEach(saved -> seen.showExtra(saved, tape.leases()));
        return seen;
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
        output.drain();
        if (dy == null) {
            discard();
            return;
        }
        observe(tape, dy);
        try (TensorScope scope = LEDGER.childAt(tape.home(), path)) {
            Unpacked unpacked = unpack(scope);
            if (dy.hasValues()) {
                new BackwardCall(op.name(), scope, operands, inputs, unpacked, dy).run(op);
            } else {
                TensorScope own = scope.child();
                WithoutValues.vjp(op, new BackwardCall(op.name(), own, operands, inputs, unpacked, dy), own);
            }
            unpacked.close();
        }
        dy.close();
    }

    private void observe(Tape tape, Tensor dy) {
        try {
            tape.settings().observer().gradient(op.name(), path, dy);
        } catch (RuntimeException | Error e) {
            discard();
            throw e;
        }
    }

    /** Brings everything back; after a failure, lets go of what was not reached. */
    private Unpacked unpack(TensorScope scope) {
        Unpacked unpacked = new Unpacked();
        Deque<SavedTensor> ahead = new ArrayDeque<>(savedInputs.values());
        if (savedOutput != null) {
            ahead.add(savedOutput);
        }
        ahead.addAll(savedExtras);
        try {
            savedInputs.keySet().forEach(number -> unpacked.addInput(number, ahead.remove(), scope));
            if (savedOutput != null) {
                unpacked.addOutput(ahead.remove(), scope);
            }
            while (!ahead.isEmpty()) {
                unpacked.addExtra(ahead.remove(), scope);
            }
            return unpacked;
        } catch (RuntimeException | Error e) {
            ahead.forEach(SavedTensor::discard);
            throw e;
        }
    }

    @Override
    public void discard() {
        output.drain();
        savedInputs.values().forEach(SavedTensor::discard);
        if (savedOutput != null) {
            savedOutput.discard();
        }
        savedExtras.forEach(SavedTensor::discard);
    }
}
