package org.backpropaganda.autograd.graph;

import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorSpec;
import org.jspecify.annotations.Nullable;

/** A tensor on a {@link Tape}. */
public final class Variable {
    private final Tape tape;
    private final TensorSpec spec;
    private final @Nullable GradientSlot slot;
    private final boolean parameter;
    private final @Nullable Provenance provenance;
    private @Nullable Tensor value;
    private String gone = "";

    Variable(Tape tape, Tensor value, @Nullable GradientSlot slot, boolean parameter) {
        this(tape, value, slot, parameter, null);
    }

    Variable(Tape tape, Tensor value, @Nullable GradientSlot slot, boolean parameter, @Nullable Provenance provenance) {
        this.tape = tape;
        this.spec = value.spec();
        this.value = value;
        this.slot = slot;
        this.parameter = parameter;
        this.provenance = provenance;
    }

    /** What an op gives that has not to run: a place for its gradient, without a value. */
    static Variable withoutValue(Tape tape, TensorSpec spec, GradientSlot slot) {
        return new Variable(tape, spec, slot);
    }

    private Variable(Tape tape, TensorSpec spec, GradientSlot slot) {
        this.tape = tape;
        this.spec = spec;
        this.slot = slot;
        this.parameter = false;
        this.provenance = null;
        this.gone = "not computed: all was saved that backward needs";
    }

    /** Where the value is from, or null where nobody needs to know. */
    @Nullable
    Provenance provenance() {
        return provenance;
    }

    /** The tape that it belongs to. */
    public Tape tape() {
        return tape;
    }

    /** Shape and element type. */
    public TensorSpec spec() {
        return spec;
    }

    /** The sizes. */
    public Shape shape() {
        return spec.shape();
    }

    /** The element type. */
    public DType dtype() {
        return spec.dtype();
    }

    /** Whether a gradient flows to it. */
    public boolean requiresGradient() {
        return slot != null;
    }

    /** Where its gradient gathers, or null where none is needed. */
    @Nullable
    GradientSlot slot() {
        return slot;
    }

    boolean isParameter() {
        return parameter;
    }

    /** Refuses a parameter that was modified since the tape read it. */
    void checkVersion() {
        SavedTensor read = provenance == null ? null : provenance.saved();
        if (read != null) {
            read.peek();
        }
    }

    /**
     * The tensor.
     *
     * @throws IllegalStateException if it was released, or consumed by an op that works in place
     */
    public Tensor value() {
        if (value == null) {
            throw new IllegalStateException("variable " + spec + " was " + gone);
        }
        if (value.isClosed()) {
            throw new IllegalStateException("variable " + spec + " is out of scope: the module call that made it ended,"
                    + " or its tape was closed");
        }
        return value;
    }

    /** Whether {@link #value()} can be read. */
    public boolean isAlive() {
        return value != null && !value.isClosed();
    }

    /** Lets the tensor go before its scope ends. What the tape keeps for backward stays with the tape, parameters stay. */
    public void release() {
        if (parameter) {
            return;
        }
        value().close();
        value = null;
        gone = "released";
    }

    /** Hands the tensor to an op that overwrites it. */
    Tensor consume(String op) {
        Tensor taken = value();
        value = null;
        gone = "consumed by " + op + ", which works in place; use its result, or keep a copy";
        return taken;
    }

    @Override
    public String toString() {
        return value == null ? spec + " " + gone : "variable " + spec;
    }
}
