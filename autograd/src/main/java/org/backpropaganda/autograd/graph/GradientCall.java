package org.backpropaganda.autograd.graph;

import java.util.ArrayList;
import java.util.List;
import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.autograd.tensor.ShapeException;
import org.backpropaganda.autograd.tensor.TensorSpec;
import org.jspecify.annotations.Nullable;

/** What the recorded backward of an op computes from, and where it puts gradients. */
public final class GradientCall {
    private final RecordedBackward pass;
    private final Op op;
    private final Operands operands;
    private final List<@Nullable GradientSlot> slots;
    private final GradientSlot result;
    private final Unpacked saved;
    private final Variable dy;

    GradientCall(
            RecordedBackward pass,
            Op op,
            Operands operands,
            List<@Nullable GradientSlot> slots,
            GradientSlot result,
            Unpacked saved,
            Variable dy) {
        this.pass = pass;
        this.op = op;
        this.operands = operands;
        this.slots = slots;
        this.result = result;
        this.saved = saved;
        this.dy = dy;
    }

    /** Runs the op's gradient rule; closing the engine waits for it. */
    void run(TwiceDifferentiable rule) {
        Engine engine = pass.tape().scope().engine();
        engine.enter();
        try {
            rule.gradient(this);
        } finally {
            engine.leave();
        }
    }

    /** The tape that records. */
    public Tape tape() {
        return dy.tape();
    }

    /** A saved input; gradients of what is computed from it reach the input itself. */
    public Variable input(int number) {
        return pass.handle(saved.input(op.name(), number), slots.get(number), saved.isParameter(number));
    }

    /** The saved output; gradients of what is computed from it go through the op once more. */
    public Variable output() {
        return pass.handle(saved.output(op.name()), result, false);
    }

    /** A saved extra, as a constant. */
    public Variable extra(int number) {
        return pass.handle(saved.extra(op.name(), number), null, false);
    }

    /**
     * A saved extra that depends on the inputs, as the result of {@code function} of some of them. The function does not run
     * again, so that the inputs need not be saved.
     *
     * @param function an op that saves its output at most
     * @param inputs numbers of its inputs
     */
    public Variable extraAs(Op function, int number, int... inputs) {
        List<TensorSpec> specs = new ArrayList<>();
        List<Boolean> needs = new ArrayList<>();
        List<@Nullable GradientSlot> into = new ArrayList<>();
        for (int input : inputs) {
            specs.add(operands.spec(input));
            needs.add(operands.needs(input));
            into.add(slots.get(input));
        }
        return pass.computed(function, new Operands(specs, needs), into, saved.extra(op.name(), number));
    }

    /** The gradient of the output. */
    public Variable dy() {
        return dy;
    }

    /** Shape and element type of an input, saved or not. */
    public TensorSpec spec(int input) {
        return operands.spec(input);
    }

    /** The number of inputs. */
    public int inputs() {
        return slots.size();
    }

    /** Whether a gradient is wanted for an input. */
    public boolean needs(int input) {
        GradientSlot slot = slots.get(input);
        return slot != null && pass.isWanted(slot);
    }

    /**
     * Adds to the gradient of an input that {@link #needs} one.
     *
     * @param gradient of the input's shape
     */
    public void give(int input, Variable gradient) {
        GradientSlot slot = slots.get(input);
        if (slot == null || !pass.isWanted(slot)) {
            throw new IllegalStateException(op.name() + " recorded backward: input " + input + " needs no gradient");
        }
        if (!gradient.spec().equals(operands.spec(input))) {
            throw new ShapeException(op.name() + " recorded backward: input " + input + " is " + operands.spec(input)
                    + ", its gradient " + gradient.spec());
        }
        pass.add(slot, gradient);
    }
}
