package org.backpropaganda.autograd.nn;

import java.util.List;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.op.Lstm.Result;

/** Layers of long short-term memory; the states are h and c. See {@link RecurrentModule} and the op of this name. */
public final class Lstm extends RecurrentModule {
    private final RecurrentSettings settings;

    /** One layer. */
    public Lstm(ParameterFactory factory, long inputs, long width) {
        this(factory, inputs, width, RecurrentSettings.ONE_LAYER);
    }

    /** Layers put together as {@code settings} say. */
    public Lstm(ParameterFactory factory, long inputs, long width, RecurrentSettings settings) {
        super(factory, inputs, width, 4, 2, settings);
        this.settings = settings;
    }

    @Override
    List<Variable> run(Variable x, List<Variable> before, boolean last, Variable... weights) {
        org.backpropaganda.autograd.op.Lstm op =
                new org.backpropaganda.autograd.op.Lstm(last && !settings.constantStates(), settings.keptGates());
        Result result = op.on(x, before.get(0), before.get(1), weights);
        if (!last) {
            result.c().release();
        }
        return List.of(result.y(), result.c());
    }
}
