package org.backpropaganda.autograd.graph;

import java.util.List;
import org.backpropaganda.autograd.tensor.MemoryKind;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.jspecify.annotations.Nullable;

/** What a segment differentiates with. */
public final class SegmentBackward {
    private final Tape tape;
    private final TensorScope scope;
    private final List<@Nullable GradientSlot> inputs;
    private final List<GradientSlot> outputs;

    SegmentBackward(Tape tape, TensorScope scope, List<@Nullable GradientSlot> inputs, List<GradientSlot> outputs) {
        this.tape = tape;
        this.scope = scope;
        this.inputs = inputs;
        this.outputs = outputs;
    }

    /** For tensors that end with this backward. */
    public TensorScope scope() {
        return scope;
    }

    /** The slot of an output: the gradient that arrived lies in it. */
    public GradientSlot output(int number) {
        return outputs.get(number);
    }

    /** The slot of an input, which gradients are to be added to; null where none is needed. */
    public @Nullable GradientSlot input(int number) {
        return inputs.get(number);
    }

    /** Brings back what forward saved; the caller closes it, unless it is a remembered parameter's. */
    public Tensor restore(SavedTensor saved) {
        return saved.unpack(scope);
    }

    /** Books a tensor as held for backward; both handles are to be closed. */
    public Tensor lease(Tensor tensor) {
        return scope.lease(tensor);
    }

    /** A slot for a value between the segment's own steps. */
    public GradientSlot slot(Tensor value) {
        return new GradientSlot(scope, value.spec(), MemoryKind.TEMPORARY, scope.path());
    }

    /** The gradients of parameters that the step gathers. */
    public Gradients gradients() {
        return tape.gradients();
    }

    /** A tape that computes again what ran at {@code site}, and records it. To be closed. */
    public Tape replayTape(CallSite site) {
        return replayTape(site, tape.gradients());
    }

    /** The same, with the gradients of parameters gathered elsewhere. To be closed. */
    public Tape replayTape(CallSite site, Gradients gradients) {
        return new Tape(scope, site, tape.settings().replayed(), gradients, false);
    }

    /** A value on a nested tape whose gradient gathers in {@code slot}. */
    public Variable enter(Tape nested, Tensor value, @Nullable GradientSlot slot) {
        return nested.leaf(value, slot);
    }

    /** A saved input as a value on a nested tape whose gradient gathers in {@code slot}. */
    public Variable enter(Tape nested, SavedTensor saved, @Nullable GradientSlot slot) {
        Tensor input = saved.unpack(scope);
        if (saved.isParameter()) {
            return nested.outerParameter(input, slot);
        }
        Variable entered = nested.leaf(input, slot);
        input.close();
        return entered;
    }

    /** Differentiates a nested tape's results, whose gradients are moved out of the given slots. */
    public void backward(Tape nested, List<Variable> results, List<GradientSlot> gradients) {
        for (int i = 0; i < results.size(); i++) {
            GradientSlot to = results.get(i).slot();
            Tensor gradient = gradients.get(i).take();
            if (gradient == null) {
                continue;
            }
            if (to == null) {
                gradient.close();
            } else {
                to.give(gradient);
            }
        }
        nested.drain();
    }
}
