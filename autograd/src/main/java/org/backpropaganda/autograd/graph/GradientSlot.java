package org.backpropaganda.autograd.graph;

import static org.backpropaganda.autograd.graph.GraphLedger.LEDGER;

import java.util.List;
import org.backpropaganda.autograd.kernel.BinaryKernel;
import org.backpropaganda.autograd.kernel.Kernels;
import org.backpropaganda.autograd.tensor.MemoryKind;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.backpropaganda.autograd.tensor.TensorSpec;
import org.jspecify.annotations.Nullable;

/**
 * Where the gradient of one value gathers. A value of a nested tape that stands for one of the outer tape shares its
 * slot, so that contributions add up in the order that a single tape would add them.
 */
public final class GradientSlot {
    private final TensorScope home;
    private final TensorSpec spec;
    private final MemoryKind kind;
    private final String path;
    private @Nullable Tensor value;
    private final Runnable completed;
    private int writers;
    private boolean drained;
    private boolean finished;

    GradientSlot(TensorScope home, TensorSpec spec, MemoryKind kind, String path) {
        this(home, spec, kind, path, () -> {});
    }

    /**
     * A slot that tells when its value is complete.
     *
     * @param completed what to do when every node that may add to the slot has been differentiated
     */
    GradientSlot(TensorScope home, TensorSpec spec, MemoryKind kind, String path, Runnable completed) {
        this.completed = completed;
        this.home = home;
        this.spec = spec;
        this.kind = kind;
        this.path = path;
    }

    /** The gradient so far, or null. Stays with the slot. */
    public @Nullable Tensor value() {
        return value;
    }

    /** Removes the gradient; the caller closes it. */
    @Nullable
    Tensor take() {
        Tensor taken = value;
        value = null;
        if (taken != null) {
            LEDGER.letGo(taken);
        }
        return taken;
    }

    /** Frees the gradient; another may gather. */
    void clear() {
        Tensor left = take();
        if (left != null) {
            left.close();
        }
    }

    /** No gradient will be passed on from here: the op that made the value has been differentiated, or given up. */
    void drain() {
        clear();
        drained = true;
    }

    /** Shape and element type of the value. */
    TensorSpec spec() {
        return spec;
    }

    /** A recorded node may add to this slot. */
    void expectWriter() {
        writers++;
    }

    /** Such a node has been differentiated. */
    void writerDone() {
        writers--;
        if (writers == 0) {
            completed.run();
        }
    }

    /** Such a node will not be differentiated any more. */
    void writerGone() {
        writers--;
    }

    /** The value was put to its use: nothing may be added any more. */
    void finish() {
        drain();
        finished = true;
    }

    /** Refuses what would change a value that was put to its use. */
    void checkOpen() {
        if (finished) {
            throw new IllegalStateException("the gradient of " + (path.isEmpty() ? spec : path)
                    + " was handed over when" + " it was complete; give each backward gradients of its own");
        }
    }

    boolean isDrained() {
        return drained;
    }

    /** Adds a gradient of the slot's shape, which becomes the slot's own. */
    public void give(Tensor gradient) {
        checkOpen();
        if (value == null) {
            value = gradient.isExclusive() || kind != MemoryKind.GRADIENT
                    ? LEDGER.adopt(home, gradient)
                    : copy(gradient);
            rebook();
            return;
        }
        Tensor sum = value;
        if (!sum.isExclusive()) {
            sum = gradient.isExclusive() ? gradient : allocate();
        }
        Kernels.of(sum).binary().apply(BinaryKernel.Function.ADD, value, gradient, sum);
        if (sum != value) {
            LEDGER.letGo(value);
            value.close();
            value = LEDGER.adopt(home, sum);
            rebook();
        }
        if (sum != gradient) {
            gradient.close();
        }
    }

    /** Puts the gradients into the slots of the outputs, from which a backward begins. */
    static void begin(TensorScope home, List<Variable> outputs, List<Tensor> gradients) {
        for (int i = 0; i < outputs.size(); i++) {
            GradientSlot slot = outputs.get(i).slot();
            if (slot != null) {
                slot.expectWriter();
                slot.give(home.share(gradients.get(i)));
            }
        }
        for (Variable output : outputs) {
            GradientSlot slot = output.slot();
            if (slot != null) {
                slot.writerDone();
            }
        }
    }

    BackwardCall.Target target() {
        checkOpen();
        if (value == null) {
            value = allocate();
            keep();
            return new BackwardCall.Target(value, false);
        }
        if (!value.isExclusive()) {
            value = copy(value);
            keep();
        }
        return new BackwardCall.Target(value, true);
    }

    private Tensor copy(Tensor shared) {
        Tensor copy = allocate().copyFrom(shared);
        LEDGER.letGo(shared);
        shared.close();
        return copy;
    }

    /** Bytes that others hold too keep their kind; a parameter's gradient, which optimizers may modify, is never such. */
    private void rebook() {
        if (value != null && value.isExclusive()) {
            LEDGER.become(value, kind);
        }
        keep();
    }

    /** Whoever reads a parameter's gradient has not the right to close it. */
    private void keep() {
        if (value != null && kind == MemoryKind.GRADIENT) {
            LEDGER.keep(value, "the gradient of a parameter");
        }
    }

    private Tensor allocate() {
        return LEDGER.allocate(home, spec, kind, path);
    }
}
