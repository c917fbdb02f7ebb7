package org.backpropaganda.autograd.graph;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.backpropaganda.autograd.kernel.Kernels;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.MemoryKind;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.backpropaganda.autograd.tensor.TensorSpec;
import org.jspecify.annotations.Nullable;

/** What an op's vector-Jacobian product reads, and where it puts gradients. */
public final class BackwardCall {
    private final String op;
    private final TensorScope scope;
    private final Operands operands;
    private final List<@Nullable GradientSlot> slots;
    private final Unpacked saved;
    private final Tensor dy;
    private final Set<Integer> given = new HashSet<>();

    BackwardCall(
            String op,
            TensorScope scope,
            Operands operands,
            List<@Nullable GradientSlot> slots,
            Unpacked saved,
            Tensor dy) {
        this.op = op;
        this.scope = scope;
        this.operands = operands;
        this.slots = slots;
        this.saved = saved;
        this.dy = dy;
    }

    TensorScope scope() {
        return scope;
    }

    /** Runs the op's vector-Jacobian product; closing the engine waits for it. */
    void run(Op op) {
        scope.engine().enter();
        try {
            op.vjp(this);
        } finally {
            scope.engine().leave();
        }
    }

    /** A saved input. Not to be modified. */
    public Tensor input(int number) {
        return saved.input(op, number);
    }

    /**
     * Frees a saved input, unless others hold it: nothing more is read of it. For ops that go on to allocate as much.
     */
    public void release(int input) {
        saved.release(input);
    }

    /** The saved output. Not to be modified. */
    public Tensor output() {
        return saved.output(op);
    }

    /** A saved extra. Not to be modified. */
    public Tensor extra(int number) {
        return saved.extra(op, number);
    }

    /** The gradient of the output. Not to be modified, but see {@link #reusableDy()}. */
    public Tensor dy() {
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

    /** Whether an input needs a gradient. */
    public boolean needs(int input) {
        return slots.get(input) != null;
    }

    /** The kernels for the gradient's element type. */
    public Kernels kernels() {
        return Kernels.of(dy);
    }

    /** A tensor to work in or to {@link #give}; its content is undefined. */
    public Tensor temporary(Shape shape, DType dtype) {
        return scope.allocate(shape, dtype, MemoryKind.TEMPORARY);
    }

    /** Another view of a tensor. */
    public Tensor view(Tensor tensor, Shape shape) {
        return scope.view(tensor, shape);
    }

    /**
     * A tensor of the shape of dy for a result that is computed element by element from dy: dy itself where nobody else
     * holds it, otherwise a new one. To be given away once.
     */
    public Tensor reusableDy() {
        return dy.isExclusive() ? scope.share(dy) : temporary(dy.shape(), dy.dtype());
    }

    /**
     * Where to put the gradient of an input, for kernels that can add to what is there.
     *
     * @param tensor of the input's shape; undefined unless {@code accumulate}
     * @param accumulate whether to add
     */
    public record Target(Tensor tensor, boolean accumulate) {}

    /** Where to put the gradient of an input that {@link #needs} one. */
    public Target target(int input) {
        given.add(input);
        return slot(input).target();
    }

    /**
     * Adds {@code gradient} to the gradient of an input; broadcasting is undone. The tensor is given away.
     *
     * @param gradient of the input's shape, or of one that the input broadcasts to
     */
    public void give(int input, Tensor gradient) {
        given.add(input);
        GradientSlot slot = slot(input);
        if (gradient.shape().equals(operands.spec(input).shape())) {
            slot.give(gradient);
            return;
        }
        Shape aligned = operands.spec(input).shape().padded(gradient.shape().rank());
        Target target = slot.target();
        Tensor view = scope.view(target.tensor(), aligned);
        Kernels.of(gradient).reduction().sum(gradient, view, target.accumulate());
        view.close();
        gradient.close();
    }

    /** Adds dy itself to the gradient of an input; broadcasting is undone. */
    public void pass(int input) {
        give(input, scope.share(dy));
    }

    /** Makes the gradients that are needed and were not given. */
    void giveRest() {
        for (int i = 0; i < slots.size(); i++) {
            if (needs(i) && !given.contains(i)) {
                target(i);
            }
        }
    }

    private GradientSlot slot(int input) {
        GradientSlot slot = slots.get(input);
        if (slot == null) {
            throw new IllegalStateException(op + " backward: input " + input + " needs no gradient");
        }
        return slot;
    }
}
