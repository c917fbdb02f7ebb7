package org.backpropaganda.autograd.graph;

import static org.backpropaganda.autograd.graph.GraphLedger.LEDGER;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.backpropaganda.autograd.tensor.AllocationWatcher.Phase;
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
    private final SavedSet saved = new SavedSet();

    OpNode(Op op, Operands operands, List<@Nullable GradientSlot> inputs, GradientSlot output, String path) {
        this.op = op;
        this.operands = operands;
        this.inputs = inputs;
        this.output = output;
        this.path = path;
        destinations().forEach(GradientSlot::expectWriter);
    }

    Op op() {
        return op;
    }

    /** What the op saved. */
    SavedSet saved() {
        return saved;
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
        new GradientCall(pass, op, operands, inputs, output, saved.peek(), dy).run(rule);
    }

    @Override
    @SuppressWarnings("try") // from its begin to its end
    public void backward(Tape tape, boolean retain) {
        Tensor dy = output.take();
        if (!retain) {
            output.drain();
        }
        if (dy == null) {
            if (!retain) {
                discard();
            }
            return;
        }
        observe(tape, dy, retain);
        try (Watched unused = Watched.begin(tape, op.name(), path, Phase.BACKWARD);
                TensorScope scope = LEDGER.childAt(tape.home(), path)) {
            Unpacked unpacked = retain ? saved.look(scope) : saved.take(scope);
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

    private void observe(Tape tape, Tensor dy, boolean retain) {
        try {
            TapeObserver observer = tape.settings().observer();
            observer.gradient(op.name(), path, dy);
            observer.differentiated(op, operands, dy.spec(), path);
        } catch (RuntimeException | Error e) {
            if (!retain) {
                discard();
            }
            throw e;
        }
    }

    @Override
    public void discard() {
        output.drain();
        saved.discard();
    }
}
