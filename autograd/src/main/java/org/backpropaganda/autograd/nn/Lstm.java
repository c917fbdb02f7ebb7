package org.backpropaganda.autograd.nn;

import java.util.List;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.op.Lstm.Result;

/** Layers of long short-term memory; the states are h and c. See {@link RecurrentModule} and the op of this name. */
public final class Lstm extends RecurrentModule {
    private final boolean constantStates;

    /** One layer. */
    public Lstm(ParameterFactory factory, long inputs, long width) {
        this(factory, inputs, width, RecurrentSettings.ONE_LAYER);
    }

    /** Layers put together as {@code settings} say. */
    public Lstm(ParameterFactory factory, long inputs, long width, RecurrentSettings settings) {
        super(factory, inputs, width, 4, 2, settings);
        constantStates = settings.constantStates();
    }

    @Override
    List<Variable> run(Variable x, List<Variable> before, boolean last, Variable... weights) {
        Result result = last && !constantStates
                ? org.backpropaganda.autograd.op.Lstm.lstm(x, before.get(0), before.get(1), weights)
                : org.backpropaganda.autograd.op.Lstm.lstmWithConstantState(x, before.get(0), before.get(1), weights);
        if (!last) {
            result.c().release();
        }
        return List.of(result.y(), result.c());
    }
}
