package org.backpropaganda.autograd.graph;

import java.util.HashMap;
import java.util.Map;
import org.backpropaganda.autograd.tensor.MemoryKind;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.backpropaganda.autograd.tensor.TensorSpec;
import org.jspecify.annotations.Nullable;

/** The variables of one tape that no op made: constants, states, leaves, inputs of its segment, parameters. */
final class TapeValues {
    private final Tape tape;
    private final TensorScope home;
    private final @Nullable Declared declared;
    private final Map<Parameter, Variable> parameters = new HashMap<>();

    /**
     * None yet.
     *
     * @param declared the parameters of the segment that the tape computes for, if it does
     */
    TapeValues(Tape tape, TensorScope home, @Nullable Declared declared) {
        this.tape = tape;
        this.home = home;
        this.declared = declared;
    }

    Variable constant(Tensor tensor) {
        tape.followers().constant(tape.frame(), tensor);
        return given(tensor, null);
    }

    Variable state(Tensor tensor) {
        return given(tape.followers().state(tape.frame(), tensor), null);
    }

    Variable leaf(Tensor tensor) {
        tape.followers().constant(tape.frame(), tensor);
        return given(tensor, tape.isRecording() ? slot(tensor.spec()) : null);
    }

    /** A slot for the gradient of a value of the running call. */
    GradientSlot slot(TensorSpec spec) {
        return new GradientSlot(home, spec, MemoryKind.TEMPORARY, tape.path());
    }

    /** An input of the segment; a parameter of the outer tape is remembered and never packed. */
    Variable input(Tensor value, @Nullable GradientSlot slot, boolean isParameter) {
        tape.followers().entered(value);
        GradientSlot gathers = tape.isRecording() ? slot : null;
        return isParameter
                ? new Variable(tape, value, gathers, true, Provenance.parameter("", value))
                : given(value, gathers);
    }

    private Variable given(Tensor tensor, @Nullable GradientSlot slot) {
        return new Variable(tape, home.share(tensor), slot, false, Provenance.given(tensor.spec()));
    }

    Variable parameter(Parameter parameter) {
        return parameters.computeIfAbsent(parameter, p -> {
            Declared.checkReached(p, tape.frame());
            if (declared != null) {
                declared.read(p, tape.frame().callee());
            }
            boolean differentiated = tape.isRecording() && p.isTrainable();
            Tensor value = home.engine().requireOwn("parameter", tape.settings().valueOf(p));
            return new Variable(
                    tape,
                    value,
                    differentiated ? tape.gradients().slot(p) : null,
                    true,
                    Provenance.parameter(p.path(), value));
        });
    }

    /** A segment on the tape has read parameters. */
    void readInside(Declared segment) {
        if (declared != null) {
            declared.readInside(segment);
        }
    }

    /** Refuses to go on if a parameter was modified since the tape read it. */
    void checkParameters() {
        parameters.values().forEach(Variable::checkVersion);
    }
}
