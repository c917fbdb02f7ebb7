package org.backpropaganda.reversible;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.backpropaganda.autograd.graph.Liveness;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.op.Add;
import org.backpropaganda.autograd.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/** The streams of one call of a coupling, forward or back, computed by ops. */
final class Walk {
    /** Takes up what forward loses. */
    interface Keeper {
        /** Keeps a tensor for the step of a coupling until backward. */
        void keep(Step step, Tensor lost);
    }

    private final Coupling coupling;
    private final List<Variable> inputs;
    private final Map<String, Variable> values = new HashMap<>();
    private final @Nullable Keeper keeper;
    private @Nullable Variable logDeterminant;

    /**
     * Streams that enter.
     *
     * @param names of the inputs
     * @param logDeterminant so far, or null where nobody asks
     * @param keeper of what is lost, or null where nobody goes back
     */
    Walk(
            Coupling coupling,
            List<String> names,
            List<Variable> inputs,
            @Nullable Variable logDeterminant,
            @Nullable Keeper keeper) {
        this.coupling = coupling;
        this.inputs = inputs;
        this.keeper = keeper;
        this.logDeterminant = logDeterminant;
        for (int i = 0; i < names.size(); i++) {
            values.put(names.get(i), inputs.get(i));
        }
    }

    Coupling coupling() {
        return coupling;
    }

    /** A stream or a side input. */
    Variable value(String name) {
        Variable value = values.get(name);
        if (value == null) {
            throw new IllegalStateException(coupling.describe() + ": no stream " + name);
        }
        return value;
    }

    List<Variable> values(List<String> names) {
        return names.stream().map(this::value).toList();
    }

    /** Puts a value in the place of a stream, which nobody reads any more. */
    void replace(String name, Variable value) {
        replace(List.of(name), List.of(name), List.of(value));
    }

    /** Puts streams in the place of others. */
    void replace(List<String> from, List<String> to, List<Variable> by) {
        List<Variable> passed = values(from);
        from.forEach(values::remove);
        for (int i = 0; i < to.size(); i++) {
            values.put(to.get(i), by.get(i));
        }
        Liveness.letGo(passed, inputs, by);
    }

    void keep(Step step, KeepingCombine combine, Variable target, List<Variable> of) {
        if (keeper != null) {
            Tensor lost = combine.lost(target, of);
            keeper.keep(step, lost);
            lost.close();
        }
    }

    /** Adds a part of the log-determinant, if anybody asks for it. */
    void changesVolume(Supplier<@Nullable Variable> part) {
        if (logDeterminant != null) {
            Variable more = part.get();
            logDeterminant = more == null ? logDeterminant : Add.add(logDeterminant, more);
        }
    }

    /** The log-determinant so far; null where nobody asks. */
    @Nullable
    Variable logDeterminant() {
        return logDeterminant;
    }
}
